import { parseArgs } from 'node:util';
import { RUN_FOLDER } from '../support/jest/settings.ts';
import { endRun } from '../support/test-run.ts';
import { year } from './run.ts';

/*
 * Lives whole years of customers on the real engines, and compares each day with a model that knows only the published
 * rules. Exits with 1 when they differ:
 *   npm run year -- [--customers 100] [--days 400] [--seed 1] [--only 17] [--lanes 12]
 * Instances are stand-ins; Temporal, Postgres, both workers and the webhooks are real, and Stripe is the emulator.
 */
const { values } = parseArgs({
  options: {
    customers: { type: 'string', default: '100' },
    days: { type: 'string', default: '400' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string' },
    lanes: { type: 'string', default: '12' },
  },
});
const [days, seed, lanes] = [Number(values.days), Number(values.seed), Number(values.lanes)];
const customers = values.only
  ? values.only.split(',').map(Number)
  : Array.from({ length: Number(values.customers) }, (_, customer) => customer);

const began = Date.now();
try {
  const { differences, customerDays } = await year({ seed, customers, days, lanes, told: console.log });
  const seconds = (Date.now() - began) / 1_000;
  console.log(
    `seed ${String(seed)}: ${String(differences.length)} differences in ${String(customerDays)} customer-days, ` +
      `${seconds.toFixed(0)} seconds, ${(customerDays / seconds).toFixed(0)} customer-days a second`,
  );
  process.exitCode = differences.length > 0 ? 1 : 0;
} finally {
  await endRun(RUN_FOLDER);
}
