import { Accepted, WithReason } from '../../schemas/commands.ts';
import { command, inPhase, REASON } from './command.ts';

export const abandon = command({
  name: 'abandon',
  role: 'operator',
  console: {
    ...{ title: 'Abandon the onboarding', button: 'Undo everything and end', done: 'The onboarding is being undone.' },
    offered: inPhase('onboarding'),
  },
  help: 'undo a failed onboarding and end the customer',
  operationId: 'abandonOnboarding',
  summary: 'Undo a failed onboarding and end the customer',
  inputs: [REASON],
  body: WithReason,
  reply: Accepted,
  run: async (deps, command, { reason }) => {
    const { abandonOnboarding } = await import('../customer-commands.ts');
    await abandonOnboarding(deps, command, reason);
    return { accepted: true };
  },
});
