import { ConfigError, loadPlatformConfig } from '../config.ts';
import { migrate } from '../db/migrate.ts';
import { prepareNamespace } from '../temporal/setup.ts';

// The job that runs before a release: the schema first, then what the workers need of Temporal. Idempotent.
const { databaseUrl, temporal } = loadPlatformConfig();
if (databaseUrl === undefined) throw new ConfigError('DATABASE_URL must be set.');
await migrate(databaseUrl);
if (temporal) await prepareNamespace(temporal);
