import { parseArgs } from 'node:util';
import { optionsOf } from '../begin.ts';
import { runPlatform } from './supervise.ts';

const USAGE = `Usage: npm start

Runs Tenure with its own Temporal, Postgres, Stripe and mailbox until Ctrl-C. Its settings are variables of the
environment, such as PORT and TENURE_HOME: the README lists them.`;

optionsOf(USAGE, () => parseArgs({ options: { help: { type: 'boolean' } } }));
process.exit(await runPlatform());
