import { parseArgs } from 'node:util';
import { optionsOf } from '../../infra/begin.ts';
import { loadCliConfig } from '../../infra/config.ts';
import { openDatabase } from '../../infra/db/database.ts';
import { connectTemporal } from '../../infra/temporal/client.ts';
import { Narrator } from '../demo/narrator.ts';
import { running } from '../demo/stage.ts';
import { STORIES } from '../demo/stories.ts';
import { World } from '../demo/world.ts';

const USAGE = `Usage: npm run demo

Signs up three customers and shows what becomes of them. Uses what npm start runs, or starts it for as long as it takes.
Exit code 1: something that was told was not so. 2: an option is wrong.`;
optionsOf(USAGE, () => parseArgs({ options: { help: { type: 'boolean', default: false } } }));

const began = Date.now();
const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};
const { home } = loadCliConfig();
const { run, stop } = await running(home, print);
const database = openDatabase(run.databaseUrl);
const temporal = await connectTemporal({
  address: run.temporalAddress,
  namespace: run.namespace,
  tls: false,
  apiKey: undefined,
});
const narrator = new Narrator(print);
try {
  print('Three customers. Every line is read back from Stripe, Postgres, Temporal, the inbox or the instance.');
  const world = new World(run, database, temporal);
  for (const story of STORIES) await story({ world, narrator, home });
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  print(`\n${String(narrator.told - narrator.untrue)} of ${String(narrator.told)} checks passed in ${seconds} s.`);
  process.exitCode = narrator.untrue === 0 ? 0 : 1;
} finally {
  await temporal.connection.close();
  await database.destroy();
  await stop();
}
