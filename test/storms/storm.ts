import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Journey } from '../e2e/support/journey.ts';
import { isSettled, untilAtRest } from './rest.ts';
import { killOne, signUpUntilTold, type Acknowledged, type Fate } from './support.ts';

/*
 * Everything that `npm start` runs, with random parts killed by SIGKILL while customers sign up; then quiet. Nobody
 * replays anything. Exits with 0 when every customer is ready, or parked for a reason that only a person can mend:
 *   npm run storm -- [--signups 20] [--minutes 4] [--quiet 10]
 */
const { values } = parseArgs({
  options: {
    signups: { type: 'string', default: '20' },
    minutes: { type: 'string', default: '4' },
    quiet: { type: 'string', default: '10' },
  },
});
const [signups, minutes, quiet] = [Number(values.signups), Number(values.minutes), Number(values.quiet)];
const MINUTE_MS = 60_000;
const PAUSE_MS = { least: 1_000, most: 5_000 };

const journey = new Journey();
const visitors: Acknowledged[] = [];
const kills: Record<string, number> = {};

async function killUntil(end: number): Promise<void> {
  while (Date.now() < end) {
    await delay(PAUSE_MS.least + Math.random() * (PAUSE_MS.most - PAUSE_MS.least));
    const kind = killOne(journey.home);
    if (kind !== undefined) kills[kind] = (kills[kind] ?? 0) + 1;
  }
}

/** Spread over the first three quarters of the storm. */
async function signUpDuring(ms: number): Promise<void> {
  await Promise.all(
    Array.from({ length: signups }, async (_, index) => {
      await delay((ms * 0.75 * index) / signups);
      visitors.push(await signUpUntilTold(journey, `Storm ${String(index)}`));
    }),
  );
}

await journey.start();
try {
  const length = minutes * MINUTE_MS;
  await Promise.all([killUntil(Date.now() + length), signUpDuring(length)]);
  const calm = Date.now();
  const { fates, left, settled } = await untilAtRest(journey, visitors, quiet * MINUTE_MS);
  const count = (outcome: Fate['outcome']) => fates.filter((fate) => fate.outcome === outcome).length;
  const told = fates.flatMap(({ wrong }) => wrong.filter((line) => line.startsWith('(told)')));
  const bad = fates.filter((fate) => !isSettled(fate));
  console.log({
    ...{ signups: visitors.length, kills, ready: count('ready'), needAPerson: count('needs a person') },
    ...{ notAtRest: count('not at rest'), told, left, secondsToRest: Math.round((Date.now() - calm) / 1_000) },
  });
  for (const fate of bad) console.log(JSON.stringify(fate));
  process.exitCode = settled ? 0 : 1;
} finally {
  await journey.stop();
}
