import { namespaceOfRole } from '../../spec.ts';
import { asAdmin } from '../admin.ts';
import { findCredentials, folderOf } from '../folder.ts';
import type { RoleInputs } from '../resources.ts';
import { databaseUrl, dropRole, ensureRole, roleExists, signsIn } from '../roles.ts';
import type { ResourceHandler } from './handler.ts';
import { randomText } from './random-text.ts';

const PASSWORD_LENGTH = 24;

/** An instance that is there goes on serving while its role is made again. */
async function passwordInUse(home: string, role: string): Promise<string | undefined> {
  const credentials = await findCredentials(folderOf(home, namespaceOfRole(role)));
  return credentials && decodeURIComponent(new URL(credentials.databaseUrl).password);
}

export const roleHandler: ResourceHandler<RoleInputs, { password: string }> = {
  secrets: ['password'],
  identity: 'role',
  async create({ role, connections }, { adminUrl, home }) {
    const password = (await passwordInUse(home, role)) ?? randomText(PASSWORD_LENGTH);
    await asAdmin(adminUrl, (client) => ensureRole(client, { role, password, connections }));
    return { password };
  },
  /** One that has changed its password is not the one we made: made again, it has the one that the instance holds. */
  async exists({ role, password = '' }: RoleInputs & { password?: string }, { adminUrl }) {
    const known = await asAdmin(adminUrl, (client) => roleExists(client, role));
    return known && signsIn(databaseUrl({ database: role, role, password }, adminUrl));
  },
  async update({ role, connections }, { password }, { adminUrl }) {
    await asAdmin(adminUrl, (client) => ensureRole(client, { role, password, connections }));
    return { password };
  },
  delete: ({ role }, { adminUrl }) => dropRole(adminUrl, role),
};
