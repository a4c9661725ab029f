import { PHASES_OF_LIFE } from '../../../workflows/domain/lifecycle.ts';
import { Accepted, WithReason } from '../../schemas/commands.ts';
import { command, inPhase, REASON } from './command.ts';

export const sendKeyLink = command({
  name: 'send-key-link',
  role: 'support',
  console: {
    title: 'Send a link to a new API key',
    button: 'Mail the link',
    done: 'A link to a new API key is on its way to the customer.',
    offered: inPhase('onboarding', ...PHASES_OF_LIFE),
  },
  help: 'mail a customer a link that creates a new API key and shows it once',
  operationId: 'sendKeyLink',
  summary: 'Mail the customer a link to a new API key',
  errors: [409],
  atOnce: true,
  inputs: [REASON],
  body: WithReason,
  reply: Accepted,
  run: async (deps, command, { reason }) => {
    const { sendKeyLink: send } = await import('../../accounts/api-keys.ts');
    await send(deps, command, reason);
    return { accepted: true };
  },
});
