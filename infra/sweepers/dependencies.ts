import { sql } from 'kysely';
import { randomUUID } from 'node:crypto';
import type { Dependency } from '../../workflows/domain/diagnoses.ts';
import { openOutage } from '../db/repositories/outages.ts';
import { OPEN_AFTER_SECONDS, toTell } from './outages.ts';
import type { Sweeper, TellingDeps } from './sweeper.ts';

const ANSWER_WITHIN_MS = 5_000;

interface Watched {
  readonly waitsFor: Dependency;
  readonly errorType: string;
  readonly probe: (deps: TellingDeps) => Promise<unknown>;
}

/** What everything else needs to be noted at all: an outage of these is seen by looking, not by the work it holds up. */
const WATCHED: readonly Watched[] = [
  {
    waitsFor: 'the database',
    errorType: 'DatabaseUnavailable',
    probe: ({ database }) => sql`select 1`.execute(database),
  },
  {
    waitsFor: 'Temporal',
    errorType: 'TemporalUnavailable',
    probe: ({ temporal }) =>
      temporal.withDeadline(Date.now() + ANSWER_WITHIN_MS, () => temporal.workflowService.getSystemInfo({})),
  },
];

/**
 * Looks at one dependency, and remembers since when it has not answered. Others may look too, from where it answers: an
 * outage is over when nobody sees it any more.
 */
function watch({ waitsFor, errorType, probe }: Watched): Sweeper<TellingDeps> {
  let away: { readonly since: Date; alertedAt?: Date } | undefined;

  async function isAway(deps: TellingDeps): Promise<void> {
    away ??= { since: new Date() };
    const lasts = Date.now() - away.since.getTime() >= OPEN_AFTER_SECONDS * 1_000;
    if (!lasts) return;
    const seen = { waitsFor, errorType, since: away.since };
    try {
      await openOutage(deps.database, seen);
    } catch {
      // Without a database nothing can be noted; support is told directly.
      if (away.alertedAt) return;
      await deps.tellSupport(toTell({ ...seen, outageId: randomUUID(), customers: 0, resolvedAt: null }));
      away.alertedAt = new Date();
    }
  }

  async function isBack({ database, logger }: TellingDeps): Promise<void> {
    if (away === undefined) return;
    logger.info({ dependency: waitsFor, since: away.since }, 'it answers again');
    // The work that waited for it opens no outage of its own, of which support would be told once more.
    if (away.alertedAt)
      await openOutage(database, { waitsFor, errorType, since: away.since, alertedAt: away.alertedAt });
    away = undefined;
  }

  return async (deps) => {
    try {
      await probe(deps);
    } catch {
      await isAway(deps);
      return 1;
    }
    await isBack(deps);
    return 0;
  };
}

/** Watches what no waiting work can tell of. */
export function watchDependencies(): Sweeper<TellingDeps> {
  const watches = WATCHED.map(watch);
  return async (deps) => (await Promise.all(watches.map((look) => look(deps)))).reduce((sum, away) => sum + away, 0);
}
