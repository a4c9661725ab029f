import { asAdmin, databaseExists, dropDatabase, ensureDatabase } from '../admin.ts';
import type { DatabaseInputs } from '../resources.ts';
import type { ProviderContext, ResourceHandler } from './handler.ts';

async function ensure({ database, role }: DatabaseInputs, { adminUrl, maxTenants }: ProviderContext): Promise<object> {
  await ensureDatabase(adminUrl, { database, role, maxTenants });
  return {};
}

export const databaseHandler: ResourceHandler<DatabaseInputs, object> = {
  secrets: [],
  identity: 'database',
  create: ensure,
  exists: ({ database }, { adminUrl }) => asAdmin(adminUrl, (client) => databaseExists(client, database)),
  update: (inputs, _old, context) => ensure(inputs, context),
  delete: ({ database }, { adminUrl }) => asAdmin(adminUrl, (client) => dropDatabase(client, database)),
};
