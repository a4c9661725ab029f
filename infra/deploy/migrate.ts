import { parseArgs } from 'node:util';
import { begin } from '../begin.ts';
import { loadMigrationConfig } from '../config.ts';
import { migrate } from '../db/migrate.ts';
import { prepareNamespace } from '../temporal/setup.ts';

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

const UNGUARDED =
  'The audit trail or the database belongs to the role that Tenure runs as: set DATABASE_ADMIN_URL to a superuser of that server, for this job alone, to give them to other roles.';

// The job that runs before a release: the schema first, then what the workers need of Temporal. Idempotent.
await begin(async () => {
  const { values } = parseArgs({ options: { 'create-namespace': { type: 'boolean', default: false } } });
  const { databaseUrl, adminDatabaseUrl: adminUrl, temporal } = loadMigrationConfig();
  const { auditGuarded } = await migrate(databaseUrl, { adminUrl });
  say('Postgres has the newest schema.');
  if (!auditGuarded) say(UNGUARDED);
  if (!temporal) {
    say('Temporal was not made ready: TEMPORAL_ADDRESS is not set.');
    return;
  }
  await prepareNamespace(temporal, { create: values['create-namespace'] });
  say(`Temporal's namespace ${temporal.namespace} has its search attributes.`);
});
