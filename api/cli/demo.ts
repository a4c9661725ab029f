import { parseArgs } from 'node:util';
import { optionsOf } from '../../infra/begin.ts';
import { loadCliConfig } from '../../infra/config.ts';
import { DEFAULT_PRODUCT } from '../../infra/product/shipped.ts';
import { openDatabase } from '../../infra/db/database.ts';
import { connectTemporal } from '../../infra/temporal/client.ts';
import { Narrator } from '../demo/narrator.ts';
import { running } from '../demo/stage.ts';
import { STORIES } from '../demo/stories/index.ts';
import { World } from '../demo/world.ts';

const USAGE = `Usage: npm run demo [-- --product <name>]

Signs up customers and shows what becomes of them. Uses what npm start runs, or starts it for as long as it takes.

  --product <name>  ${Object.keys(STORIES).join(', ')}; by default the first that runs, or ${DEFAULT_PRODUCT}

Exit code 1: something that was told was not so. 2: an option is wrong.`;
const {
  values: { product: asked },
} = optionsOf(USAGE, () => parseArgs({ options: { help: { type: 'boolean' }, product: { type: 'string' } } }));

const began = Date.now();
const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};
const { home } = loadCliConfig();
function wrong(text: string): never {
  process.stderr.write(`${text}\n`);
  process.exit(2);
}
if (asked !== undefined && !(asked in STORIES))
  wrong(`There is no story of "${asked}", only of: ${Object.keys(STORIES).join(', ')}.`);
const { run: whole, stop } = await running(home, asked ?? DEFAULT_PRODUCT, print);
const product = asked ?? whole.products[0]?.product ?? DEFAULT_PRODUCT;
const served = whole.products.find((one) => one.product === product);
const stories = STORIES[product];
/** Which of them have a story, and so could have been asked for. */
const told = (products: readonly string[]): string =>
  products.map((one) => (one in STORIES ? `${one} (--product ${one})` : one)).join(', ');
if (served === undefined || stories === undefined)
  wrong(
    `What runs from ${home} serves ${told(whole.products.map((one) => one.product))}. Stop it to see another story.`,
  );
const run = { ...whole, api: served.api };
const database = openDatabase(run.databaseUrl);
const temporal = await connectTemporal({
  address: run.temporalAddress,
  namespace: run.namespace,
  tls: false,
  apiKey: undefined,
});
const narrator = new Narrator(print);
try {
  print('Every line is read back from Stripe, Postgres, Temporal, the inbox, the API or the instance.');
  const world = new World(run, database, temporal);
  for (const story of stories) await story({ world, narrator, home });
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  print(`\n${String(narrator.told - narrator.untrue)} of ${String(narrator.told)} checks passed in ${seconds} s.`);
  process.exitCode = narrator.untrue === 0 ? 0 : 1;
} finally {
  await temporal.connection.close();
  await database.destroy();
  await stop();
}
