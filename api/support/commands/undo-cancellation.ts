import { Accepted, WithReason } from '../../schemas/commands.ts';
import { command, REASON } from './command.ts';

export const undoCancellation = command({
  name: 'undo-cancellation',
  role: 'support',
  console: {
    ...{ title: 'Undo a cancellation', button: 'Undo', done: 'The plan continues.' },
    offered: ({ detail }) => detail.status?.leavesAtEnd === true,
  },
  help: 'undo a cancellation before it is carried out',
  operationId: 'undoCustomerCancellation',
  summary: 'Undo a cancellation at period end',
  inputs: [REASON],
  body: WithReason,
  reply: Accepted,
  run: async (deps, command, { reason }) => {
    const { undoCancellation: undo } = await import('../customer-commands.ts');
    await undo(deps, command, reason);
    return { accepted: true };
  },
});
