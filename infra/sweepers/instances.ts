import {
  customersWithInstances,
  customersWithLostInstances,
  noteInstancesSeen,
} from '../db/repositories/customer-records.ts';
import { customersWhoDiffer, forgetUnseen, noteSeen, type Seen } from '../db/repositories/differences.ts';
import type { InstanceHealth } from '../tenant-stacks/target.ts';
import { StackFailure } from '../tenant-stacks/errors.ts';
import type { Sweeper, SweeperDeps } from './sweeper.ts';

export interface LookingDeps extends Pick<SweeperDeps, 'database' | 'logger'> {
  /** @throws StackFailure when what runs the instances does not answer */
  readonly lookAtInstances: () => Promise<readonly InstanceHealth[]>;
  /** Names the host and what runs the instances there. */
  readonly seenFrom: string;
  /** How long this worker has been looking: after a stop of all of them nobody has seen anything for a while. */
  readonly lookingForSeconds: () => number;
}

/** More of them are one cause, and one alert. */
const NOTED = 10_000;
/** Each worker has its own: another one may reach its instances meanwhile. */
const unreachable = (seenFrom: string, wrong: string | null): Seen => ({
  customerId: '',
  subject: `every instance, seen from ${seenFrom}`,
  wrong,
});
/** Many rounds: a worker that looks no more was taken away. */
const UNSEEN_SECONDS = 600;
/** Longer than it takes every host to look once, and to note it. */
const LOST_SECONDS = 900;
const LOST = 'no host has had it for a quarter of an hour: its host is down, or its files are gone.';

/**
 * Finds instances that should serve their customers and do not. What is still being onboarded, or is leaving, is the
 * matter of that step.
 */
export const sweepInstances: Sweeper<LookingDeps> = async ({ database, logger, lookAtInstances, seenFrom }) => {
  await forgetUnseen(database, 'instance_down', UNSEEN_SECONDS);
  const looked = await lookAtInstances().catch((error: unknown) => {
    if (!(error instanceof StackFailure)) throw error;
    logger.warn({ err: error }, 'the service that runs the instances does not answer');
    return undefined;
  });
  if (looked === undefined) {
    await noteSeen(database, 'instance_down', [
      unreachable(seenFrom, 'the service that runs the instances does not answer.'),
    ]);
    return 0;
  }
  const troubles = new Map(looked.map(({ customerId, trouble }) => [customerId, trouble]));
  const down = looked.flatMap(({ customerId, trouble }) => (trouble === null ? [] : [customerId]));
  const noted = await customersWhoDiffer(database, { limit: NOTED, kinds: ['instance_down'] });
  const served = await customersWithInstances(database, [...down, ...noted]);
  const seen = [...new Set([...down, ...noted])].map((customerId) => {
    const trouble = troubles.get(customerId);
    return { customerId, subject: '', wrong: served.has(customerId) ? trouble : null };
  });
  // One that another machine runs is not seen from here.
  const judged = seen.filter((one): one is Seen => one.wrong !== undefined);
  await noteInstancesSeen(database, [...troubles.keys()]);
  await noteSeen(database, 'instance_down', [...judged, unreachable(seenFrom, null)]);
  return down.length;
};

/** Finds instances that should be on some host, and that nobody has found on any. */
export const sweepLostInstances: Sweeper<LookingDeps> = async ({ database, lookingForSeconds }) => {
  if (lookingForSeconds() < LOST_SECONDS) return 0;
  const lost = await customersWithLostInstances(database, { unseenSeconds: LOST_SECONDS, limit: NOTED });
  await noteSeen(
    database,
    'instance_down',
    lost.map((customerId) => ({ customerId, subject: '', wrong: LOST })),
  );
  return lost.length;
};
