import { tenure } from './default-product.ts';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createProvisioningActivities, type ProvisioningDeps } from '../../activities/provisioning/index.ts';
import { takeInventory } from '../../activities/provisioning/run-stack.ts';
import type { Database } from '../../infra/db/database.ts';
import { findEngines } from '../../infra/local-platform/engines/find.ts';
import { folderOf, readCredentials } from '../../infra/tenant-stacks/local/folder.ts';
import { tenantNames } from '../../infra/tenant-stacks/spec.ts';
import { end, startGateway } from '../activities/provisioning/support/arrangement.ts';

export interface LocalTarget {
  readonly deps: ProvisioningDeps;
  /** The same without the parts that live only in this process. */
  readonly settings: Omit<ProvisioningDeps, 'database'>;
  readonly domain: string;
  readonly activities: ReturnType<typeof createProvisioningActivities>;
  /** Request options of a caller who may read the instance. */
  readonly keyOf: (customerId: string, host: string) => Promise<{ headers: Record<string, string> }>;
  /** The parts of a tenant that really exist, by kind. */
  readonly inventory: (customerId: string) => Promise<Record<string, boolean>>;
  /** Every file in which the engine keeps its state, as text. */
  readonly stateFiles: () => Promise<readonly string[]>;
  readonly stop: () => Promise<void>;
}

interface TargetOrder {
  readonly folder: string;
  readonly database: Database;
  readonly adminDatabaseUrl: string;
  readonly licencePublicKey: string;
  readonly passphrase: string;
}

async function textsBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile());
  return Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'utf8')));
}

/** The local target as in the provisioning worker: a gateway process, the Pulumi engine, the tests' Postgres. */
export async function startLocalTarget(order: TargetOrder): Promise<LocalTarget> {
  const { folder, database, adminDatabaseUrl, licencePublicKey, passphrase } = order;
  const home = join(folder, 'tenants');
  const tokenFile = join(folder, 'token');
  const token = randomBytes(16).toString('hex');
  await mkdir(home, { recursive: true });
  await writeFile(tokenFile, token, { mode: 0o600 });
  const [{ pulumi }, gateway] = await Promise.all([findEngines(), startGateway(home, tokenFile)]);
  const domain = `localhost:${String(gateway.port)}`;
  const settings = {
    ...{ home: folder, licencePublicKey, publicUrl: 'http://localhost:1' },
    pulumi: { root: dirname(dirname(pulumi)), backendUrl: pathToFileURL(join(folder, 'pulumi')).href, passphrase },
    tenants: {
      ...{ home, adminDatabaseUrl, domain, gatewayPort: gateway.port },
      scheme: 'http' as const,
      gatewayControlUrl: gateway.controlUrl,
      gatewayControlToken: token,
      healthMs: 0,
      backupMaxMb: 20,
    },
  };
  const deps: ProvisioningDeps = { ...settings, database };
  return {
    deps,
    settings,
    domain,
    activities: createProvisioningActivities(deps),
    keyOf: async (customerId, host) => {
      const { deviceApiKey } = await readCredentials(folderOf(home, tenantNames(customerId).namespace));
      return { headers: { host, authorization: `Bearer ${deviceApiKey}` } };
    },
    inventory: (customerId) => takeInventory(deps, { target: 'local', profile: tenure.name, customerId }),
    stateFiles: () => textsBelow(join(folder, 'pulumi')),
    stop: () => end(gateway.process),
  };
}
