import { parseArgs } from 'node:util';
import { begin } from '../begin.ts';
import { loadMigrationConfig } from '../config.ts';
import { migrate } from '../db/migrate.ts';
import { prepareNamespace } from '../temporal/setup.ts';

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

// The job that runs before a release: the schema first, then what the workers need of Temporal. Idempotent.
await begin(async () => {
  const { values } = parseArgs({ options: { 'create-namespace': { type: 'boolean', default: false } } });
  const { databaseUrl, temporal } = loadMigrationConfig();
  await migrate(databaseUrl);
  say('Postgres has the newest schema.');
  if (!temporal) {
    say('Temporal was not made ready: TEMPORAL_ADDRESS is not set.');
    return;
  }
  await prepareNamespace(temporal, { create: values['create-namespace'] });
  say(`Temporal's namespace ${temporal.namespace} has its search attributes.`);
});
