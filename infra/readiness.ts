import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Database } from './db/database.ts';
import { missingMigrations } from './db/migrate.ts';
import { SEARCH_ATTRIBUTES } from '../workflows/contract/customer.ts';
import { INVALID, NOT_FOUND, failedWith } from './temporal/namespace.ts';
import { howTo } from './program-file.ts';

const PROBE_MS = 1_000;
/** So long an answer holds: probes of many balancers must not become load. */
const FRESH_MS = 1_500;

/** Why a part is not ready, or undefined. A probe that throws or takes a second has found that it does not answer. */
export type Probe = () => Promise<string | undefined>;
export type Probes = Readonly<Record<string, Probe>>;

export interface Readiness {
  readonly ready: boolean;
  /** The parts that are not ready. */
  readonly missing: string[];
  /** `ok`, or why not, for each part. */
  readonly parts: Readonly<Record<string, string>>;
}

/** Names every search attribute and finds nothing: refused as long as one of them is not known. */
const ATTRIBUTES_QUERY = `WorkflowId = "-" AND (${Object.values(SEARCH_ATTRIBUTES)
  .map((name) => `${name} IS NOT NULL`)
  .join(' OR ')})`;
const SILENT = 'does not answer';

async function ask(probe: Probe): Promise<string> {
  const silence = delay(PROBE_MS, SILENT, { ref: false });
  // A probe may throw before it waits for anything.
  const answer = Promise.resolve().then(probe);
  return (await Promise.race([answer.catch(() => SILENT), silence])) ?? 'ok';
}

async function askAll(probes: Probes): Promise<Readiness> {
  const answers = Object.entries(probes).map(async ([part, probe]) => [part, await ask(probe)] as const);
  const parts = Object.fromEntries(await Promise.all(answers));
  const missing = Object.keys(parts).filter((part) => parts[part] !== 'ok');
  return { ready: missing.length === 0, missing, parts };
}

/** Asks all parts at once, at most every second and a half. */
export function readinessOf(probes: Probes): () => Promise<Readiness> {
  let askedAt = Number.NEGATIVE_INFINITY;
  let last: Promise<Readiness> | undefined;
  return () => {
    if (last && performance.now() - askedAt < FRESH_MS) return last;
    askedAt = performance.now();
    return (last = askAll(probes));
  };
}

/** Postgres answers, and its schema has all this code needs. A newer one will do: an older release runs on beside it. */
export const postgresProbe =
  (database: Database): Probe =>
  async () => {
    const missing = await missingMigrations(database);
    return missing.length === 0 ? undefined : `lacks migration ${missing.join(', ')}: run "${howTo('migrate')}"`;
  };

/** Temporal answers, and has our namespace with its search attributes. */
export const temporalProbe =
  (temporal: Client, namespace: string): Probe =>
  async () => {
    const question = { namespace, pageSize: 1, query: ATTRIBUTES_QUERY };
    try {
      await temporal.withDeadline(Date.now() + PROBE_MS, () =>
        temporal.workflowService.listWorkflowExecutions(question),
      );
      return undefined;
    } catch (error) {
      if (failedWith(error, NOT_FOUND)) return `has no namespace ${namespace}`;
      return failedWith(error, INVALID) ? `lacks our search attributes: run "${howTo('migrate')}"` : SILENT;
    }
  };
