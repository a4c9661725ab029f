import { setTimeout as sleep } from 'node:timers/promises';
import { Connection, isGrpcServiceError } from '@temporalio/client';
import { SearchAttributeType } from '@temporalio/common';
import { encodeSearchAttributeIndexedValueType } from '@temporalio/common/lib/search-attributes.js';
import { msToTs } from '@temporalio/common/lib/time.js';
import { SEARCH_ATTRIBUTES } from '../../workflows/contract/customer.ts';
import { clientOptions, type TemporalSettings } from './client.ts';
import { NOT_FOUND, failedWith, noNamespace } from './namespace.ts';

/** How long closed workflows are kept. */
export const KEPT_DAYS = 30;
const RETENTION = msToTs(`${String(KEPT_DAYS)} days` as `${number} days`);
const READY_WITHIN_MS = 30_000;
const POLL_MS = 50;

export const ATTRIBUTE_TYPES = {
  [SEARCH_ATTRIBUTES.plan]: SearchAttributeType.KEYWORD,
  [SEARCH_ATTRIBUTES.profile]: SearchAttributeType.KEYWORD,
  [SEARCH_ATTRIBUTES.attention]: SearchAttributeType.KEYWORD,
  [SEARCH_ATTRIBUTES.trialEndsAt]: SearchAttributeType.DATETIME,
} as const;
const NAMES = Object.values(SEARCH_ATTRIBUTES);
type IndexedType = NonNullable<ReturnType<typeof encodeSearchAttributeIndexedValueType>>;

const CODE = { alreadyExists: 6, permissionDenied: 7, unimplemented: 12 };

async function until(probe: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  let cause: unknown;
  do {
    try {
      if (await probe()) return;
    } catch (error) {
      if (!isGrpcServiceError(error)) throw error;
      cause = error;
    }
    await sleep(POLL_MS);
  } while (Date.now() < deadline);
  throw new Error(`${what} within ${String(READY_WITHIN_MS / 1000)} s.`, { cause });
}

async function ensureNamespace(
  { workflowService }: Connection,
  settings: TemporalSettings,
  create: boolean,
): Promise<void> {
  const { namespace } = settings;
  try {
    const { config } = await workflowService.describeNamespace({ namespace });
    if (Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) === Number(RETENTION.seconds)) return;
    await workflowService.updateNamespace({ namespace, config: { workflowExecutionRetentionTtl: RETENTION } });
  } catch (error) {
    // Temporal Cloud leaves namespaces to its own console: the retention is then what was set there.
    if (failedWith(error, CODE.permissionDenied, CODE.unimplemented)) return;
    if (!failedWith(error, NOT_FOUND)) throw error;
    // A mistyped name must not become a second, empty namespace.
    if (!create) throw noNamespace(settings);
    await workflowService
      .registerNamespace({ namespace, workflowExecutionRetentionPeriod: RETENTION })
      .catch((raced: unknown) => {
        if (!failedWith(raced, CODE.alreadyExists)) throw raced;
      });
  }
}

async function missingAttributes(
  { operatorService }: Connection,
  namespace: string,
): Promise<(typeof NAMES)[number][]> {
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
  return NAMES.filter((name) => !(name in customAttributes));
}

async function ensureSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const missing = await missingAttributes(connection, namespace);
  if (missing.length === 0) return;
  const searchAttributes: Record<string, IndexedType> = {};
  for (const name of missing) {
    const type = encodeSearchAttributeIndexedValueType(ATTRIBUTE_TYPES[name]);
    if (type !== undefined) searchAttributes[name] = type;
  }
  try {
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  } catch (cause) {
    if (failedWith(cause, CODE.alreadyExists)) return;
    if (!failedWith(cause, CODE.permissionDenied, CODE.unimplemented)) throw cause;
    const list = missing.map((name) => `${name} (${ATTRIBUTE_TYPES[name]})`).join(', ');
    throw new Error(`Create these search attributes in namespace ${namespace}, this key may not: ${list}.`, { cause });
  }
}

/** A query is refused as long as the server's cache does not know an attribute it names. */
async function areUsable({ workflowService }: Connection, namespace: string): Promise<boolean> {
  const query = NAMES.map((name) => `${name} IS NOT NULL`).join(' OR ');
  await workflowService.countWorkflowExecutions({ namespace, query });
  return true;
}

async function untilAnswering(settings: TemporalSettings): Promise<Connection> {
  const connection = Connection.lazy({ ...clientOptions(settings), connectTimeout: '1s' });
  try {
    await until(async () => {
      await connection.withDeadline(Date.now() + 1_000, () => connection.workflowService.getSystemInfo({}));
      return true;
    }, `Temporal at ${settings.address} did not answer`);
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/**
 * Makes the namespace ready for Tenure: it exists, closed runs stay 30 days, and the search attributes are usable.
 * Waits for a server that is starting. Idempotent; also for a server of yours.
 * @throws ConfigError when there is no such namespace, and it is not to be created; Error when the server does not answer in 30 s, or leaves search attributes to its administrator.
 */
export async function prepareNamespace(
  settings: TemporalSettings,
  { create }: { readonly create: boolean },
): Promise<void> {
  const { namespace } = settings;
  const connection = await untilAnswering(settings);
  try {
    await ensureNamespace(connection, settings, create);
    // A namespace just registered is not known everywhere at once.
    await until(async () => {
      await ensureSearchAttributes(connection, namespace);
      return (await missingAttributes(connection, namespace)).length === 0;
    }, `Namespace ${namespace} did not take its search attributes`);
    await until(() => areUsable(connection, namespace), `The search attributes of ${namespace} were not usable`);
  } finally {
    await connection.close();
  }
}
