import { Type } from 'typebox';
import { PHASES_OF_LIFE } from '../../../workflows/domain/lifecycle.ts';
import { WithReason } from '../../schemas/commands.ts';
import { Nullable, OneOf } from '../../schemas/common.ts';
import { command, inPhase, REASON } from './command.ts';

export const unlock = command({
  name: 'unlock',
  role: 'operator',
  console: {
    title: 'Unlock the account',
    button: 'Clear the limits',
    done: 'The customer can sign in again. The timeline shows what was cleared and who holds the lock of the stack.',
    offered: inPhase('onboarding', ...PHASES_OF_LIFE, 'cancellation'),
  },
  help: "clear the limits that keep a customer out, and say who holds the stack's lock",
  operationId: 'unlockCustomer',
  summary: 'Clear the limits that keep a customer out, and say who holds the lock of the stack',
  atOnce: true,
  inputs: [REASON],
  body: WithReason,
  reply: Type.Object({
    was_locked: Type.Boolean({ description: 'Whether a limit had kept the customer out.' }),
    stack_lock: Nullable(OneOf(['nobody', 'alive', 'dead', 'elsewhere'])),
    message: Type.String(),
  }),
  run: async (deps, command, { reason }) => {
    const { unlockCustomer } = await import('../unlock.ts');
    const { wasLocked, stackLock, message } = await unlockCustomer(deps, command, reason);
    return { was_locked: wasLocked, stack_lock: stackLock, message };
  },
});
