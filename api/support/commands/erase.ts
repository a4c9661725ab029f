import { Accepted } from '../../schemas/commands.ts';
import { Closed, Patterned, Reason } from '../../schemas/common.ts';
import { COMMAND_ERRORS } from '../../http/plugins/operations.ts';
import { command, REASON } from './command.ts';

export const erase = command({
  name: 'erase',
  role: 'operator',
  console: {
    ...{ title: 'Erase', button: 'Delete this customer and all their data' },
    note: 'No backup is kept, and this cannot be undone.',
    done: 'The customer and all their data are being erased.',
    offered: ({ detail: { customer } }) => customer.email !== null,
  },
  help: 'delete a customer and all their data; cannot be undone',
  operationId: 'eraseCustomer',
  summary: 'Erase a customer, as DELETE /me/account does',
  errors: [...COMMAND_ERRORS, 422],
  inputs: [
    {
      kind: 'text',
      field: 'confirm',
      label: "The customer's id or instance name, to confirm",
      required: true,
      maxLength: 100,
      option: ['--confirm <id>', "the customer's id or instance name, once more"],
    },
    REASON,
  ],
  body: Closed(
    {
      confirm: Patterned('text', {
        maxLength: 100,
        description: "The customer's id, or the name of their instance, once more.",
      }),
      reason: Reason,
    },
    { examples: [{ confirm: 'analytical-engines', reason: 'Asked for by mail.' }] },
  ),
  reply: Accepted,
  run: async (deps, command, body) => {
    const { eraseForStaff } = await import('../erasures.ts');
    await eraseForStaff(deps, command, body);
    return { accepted: true };
  },
});
