import { asAdmin, dropRole, ensureRole, roleExists } from '../admin.ts';
import type { RoleInputs } from '../resources.ts';
import type { ResourceHandler } from './handler.ts';
import { randomText } from './random-text.ts';

const PASSWORD_LENGTH = 24;

export const roleHandler: ResourceHandler<RoleInputs, { password: string }> = {
  secrets: ['password'],
  identity: 'role',
  async create({ role, connections }, { adminUrl }) {
    const password = randomText(PASSWORD_LENGTH);
    await asAdmin(adminUrl, (client) => ensureRole(client, { role, password, connections }));
    return { password };
  },
  exists: ({ role }, { adminUrl }) => asAdmin(adminUrl, (client) => roleExists(client, role)),
  async update({ role, connections }, { password }, { adminUrl }) {
    await asAdmin(adminUrl, (client) => ensureRole(client, { role, password, connections }));
    return { password };
  },
  delete: ({ role }, { adminUrl }) => asAdmin(adminUrl, (client) => dropRole(client, role)),
};
