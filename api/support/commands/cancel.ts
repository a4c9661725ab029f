import { PHASES_OF_LIFE } from '../../../workflows/domain/lifecycle.ts';
import { CancelReply, CancelWhen } from '../../schemas/commands.ts';
import { Closed, Reason } from '../../schemas/common.ts';
import { command, inPhase, REASON } from './command.ts';

export const cancel = command({
  name: 'cancel',
  role: 'operator',
  console: {
    ...{ title: 'Cancel', button: 'Cancel this customer', done: 'The plan is cancelled.' },
    offered: inPhase('onboarding', ...PHASES_OF_LIFE),
  },
  help: 'end a customer',
  operationId: 'cancelCustomer',
  summary: 'End a customer, now or at the end of the paid period',
  inputs: [
    {
      kind: 'word',
      field: 'when',
      label: 'When',
      words: [
        { value: 'period_end', label: 'at the end of the trial or billing period' },
        { value: 'now', label: 'now' },
      ],
      option: ['--when <when>', 'now or period_end (default)'],
    },
    REASON,
  ],
  body: Closed(
    { when: CancelWhen, reason: Reason },
    { examples: [{ when: 'period_end', reason: 'The customer asked for it.' }] },
  ),
  reply: CancelReply,
  run: async (deps, command, body) => {
    const { cancelCustomer } = await import('../customer-commands.ts');
    const { endsAt } = await cancelCustomer(deps, command, body);
    return { accepted: true, ends_at: endsAt };
  },
});
