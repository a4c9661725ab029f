import { Type } from 'typebox';
import { WithReason } from '../../schemas/commands.ts';
import { command, REASON } from './command.ts';

export const adoptStack = command({
  name: 'adopt-stack',
  role: 'operator',
  help: 'take over what exists of a stack whose state is missing',
  operationId: 'adoptStack',
  summary: 'Adopt the existing resources of a stack whose state is missing; its device key and passwords are kept',
  inputs: [REASON],
  body: WithReason,
  reply: Type.Object({
    adopted: Type.Boolean(),
    version: Type.Integer({ description: 'Of the stack; counts its changes.' }),
  }),
  run: async (deps, command, { reason }) => {
    const { adoptStack: adopt } = await import('../adopt-stack.ts');
    return { adopted: true, version: (await adopt(deps, command, reason)).version };
  },
});
