import { parseArgs } from 'node:util';
import { begin, optionsOf } from '../begin.ts';
import { ConfigError, loadMigrationConfig } from '../config.ts';
import { migrate } from '../db/migrate.ts';
import { prepareNamespace } from '../temporal/setup.ts';
import { howTo } from '../program-file.ts';

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

const UNGUARDED =
  'The audit trail or the database belongs to the role that Tenure runs as: set DATABASE_ADMIN_URL to a superuser of that server, for this job alone, to give them to other roles.';

const FLAG = { type: 'boolean', default: false } as const;
const USAGE = `Usage: ${howTo('migrate', '[--create-namespace]')}

  --create-namespace  make the namespace in Temporal if it is not there`;

/** In a sentence: the server's own reason, without our stack trace. */
const because =
  (what: string) =>
  (cause: unknown): never => {
    if (cause instanceof ConfigError) throw cause;
    throw new ConfigError(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  };

// The job that runs before a release: the schema first, then what the workers need of Temporal. Idempotent.
await begin(async () => {
  const { values } = optionsOf(USAGE, () => parseArgs({ options: { help: FLAG, 'create-namespace': FLAG } }));
  const { databaseUrl, adminDatabaseUrl: adminUrl, temporal } = loadMigrationConfig();
  const { auditGuarded } = await migrate(databaseUrl, { adminUrl }).catch(because('Postgres was not migrated'));
  say('Postgres has the newest schema.');
  if (!auditGuarded) say(UNGUARDED);
  if (!temporal) {
    say('Temporal was not prepared: TEMPORAL_ADDRESS is not set.');
    return;
  }
  await prepareNamespace(temporal, { create: values['create-namespace'] }).catch(because('Temporal was not prepared'));
  say(`Temporal's namespace ${temporal.namespace} has its search attributes.`);
});
