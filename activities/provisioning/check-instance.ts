import { request } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { folderOf, readCredentials } from '../../infra/tenant-stacks/local/folder.ts';
import type { TenantSpec } from '../../infra/tenant-stacks/spec.ts';
import type { ProvisioningDeps } from './deps.ts';
import { readSpec } from './desired-spec.ts';

interface Health {
  readonly status: string;
  readonly company: string;
  readonly plan: string;
  readonly region: string;
  readonly mode: string;
  readonly database: string;
}

const TIMEOUT_MS = 5_000;
const LOOK_EVERY_MS = 500;

interface Asked {
  readonly gateway: URL;
  readonly host: string;
  /** An instance tells how it stands only to those who have its key. */
  readonly key: string;
}

/** Dials the gateway itself with the instance's Host header: Node's resolver does not know `*.localhost`. */
async function readHealth({ gateway, host, key }: Asked): Promise<{ status: number; health: Health | undefined }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = gateway;
    const headers = { host, authorization: `Bearer ${key}` };
    const options = { host: hostname, port, path: '/api/health', headers, timeout: TIMEOUT_MS };
    const outgoing = request(options, (response) => {
      json(response).then(
        (health) => {
          resolve({ status: response.statusCode ?? 0, health: health as Health });
        },
        () => {
          resolve({ status: response.statusCode ?? 0, health: undefined });
        },
      );
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('timed out')));
    outgoing.on('error', reject);
    outgoing.end();
  });
}

/** Which of the things it was told does the instance not show? Names only: the values are personal. */
function differences(health: Health, spec: TenantSpec): string[] {
  const { companyName: company, plan, region, mode } = spec;
  const expected = { status: 'ok', company, plan, region, mode, database: 'ok' };
  return Object.entries(expected).flatMap(([key, value]) => (health[key as keyof Health] === value ? [] : [key]));
}

const GATEWAY_AWAY = 'The tenant gateway does not answer.';

/** A gateway that is away says nothing about the instance. */
const failureOf = (message: string): ApplicationFailure =>
  ApplicationFailure.create({ type: message === GATEWAY_AWAY ? 'GatewayUnavailable' : 'InstanceUnhealthy', message });

/** What keeps the instance from being this customer's, well and as it should be; undefined when nothing does. */
async function complaint(deps: ProvisioningDeps, spec: TenantSpec): Promise<string | undefined> {
  // The proxy stands beside the control API it is told through.
  const gateway = new URL(deps.tenants.gatewayControlUrl);
  gateway.port = String(deps.tenants.gatewayPort);
  const folder = folderOf(deps.tenants.home, spec.namespace);
  const credentials = await readCredentials(folder).catch(() => undefined);
  if (credentials === undefined) return 'The instance has no credentials to be asked with.';
  const asked = { gateway, host: spec.host, key: credentials.deviceApiKey };
  const answer = await readHealth(asked).catch(() => undefined);
  if (answer === undefined) return GATEWAY_AWAY;
  const { status, health } = answer;
  if (health === undefined) return `The instance answered ${String(status)}.`;
  const wrong = differences(health, spec);
  return wrong.length > 0 ? `The instance is not as it should be: ${wrong.join(', ')}.` : undefined;
}

/**
 * Looks until the instance answers as this customer's, with database and mode: after a restart of the gateway
 * many instances start at once, and one that is late is not one that is ill.
 * @throws ApplicationFailure `InstanceUnhealthy`, or `GatewayUnavailable`, when it does not within `tenants.healthMs`
 */
export async function checkInstance(deps: ProvisioningDeps, customerId: string): Promise<void> {
  const spec = await readSpec(deps, customerId);
  const deadline = Date.now() + deps.tenants.healthMs;
  for (;;) {
    const said = await complaint(deps, spec);
    if (said === undefined) return;
    if (Date.now() >= deadline) throw failureOf(said);
    await delay(LOOK_EVERY_MS);
  }
}
