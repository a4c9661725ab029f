import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DamagedFileError } from '../../files.ts';
import { stripeFile, type Settled } from '../supervisor/arrangement.ts';

/** The file that Postgres creates first and reads first. */
const clusterFile = (home: string): string => join(home, 'postgres', 'data', 'PG_VERSION');

/**
 * Refuses to start with an empty database where there are customers: nothing would know any more whose instances these
 * are.
 * @throws DamagedFileError that names what is missing
 */
export async function requireNeededDatabases({ config, home }: Pick<Settled, 'config' | 'home'>): Promise<void> {
  const hasCustomers = (await readdir(join(home, 'tenants'))).length > 0;
  const [cluster, stripe] = [clusterFile(home), stripeFile(home)];
  const needsCluster = config.databaseUrl === undefined && (hasCustomers || existsSync(dirname(cluster)));
  if (needsCluster && !existsSync(cluster)) throw new DamagedFileError(cluster, 'missing');
  if (hasCustomers && !config.externalStripe && !existsSync(stripe)) throw new DamagedFileError(stripe, 'missing');
}
