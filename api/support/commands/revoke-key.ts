import { Accepted } from '../../schemas/commands.ts';
import { Closed, Reason, Uuid } from '../../schemas/common.ts';
import type { CustomerDetail } from '../customer-detail.ts';
import { command, REASON, type Choice } from './command.ts';

const workingKeys = ({ keys }: CustomerDetail): Choice[] =>
  keys
    .filter(({ revokedAt }) => revokedAt === null)
    .map(({ keyId, name, prefix }) => ({ value: keyId, label: `${name} (${prefix}…)` }));

export const revokeKey = command({
  name: 'revoke-key',
  role: 'support',
  console: {
    ...{ title: 'Revoke an API key', button: 'Revoke', done: 'The API key is revoked.' },
    offered: ({ detail }) => workingKeys(detail).length > 0,
  },
  help: 'revoke an API key of a customer; `keys` lists them',
  operationId: 'revokeCustomerApiKey',
  summary: 'Revoke an API key',
  errors: [409],
  atOnce: true,
  inputs: [
    {
      kind: 'choice',
      field: 'key_id',
      label: 'Key',
      from: workingKeys,
      wrong: ['The choice is missing', 'Choose the key to revoke.'],
      option: ['--id <key>', 'id of the key'],
    },
    REASON,
  ],
  body: Closed(
    { key_id: Uuid, reason: Reason },
    {
      examples: [{ key_id: '0b6f0e5c-3f0f-4a53-9a3a-2b8f1c7d9e10', reason: 'The key was in a public repository.' }],
    },
  ),
  reply: Accepted,
  run: async (deps, { customerId, actor }, { key_id: keyId, reason }) => {
    const { revokeApiKey } = await import('../../accounts/api-keys.ts');
    await revokeApiKey(deps, { customerId, actor, keyId, reason });
    return { accepted: true };
  },
});
