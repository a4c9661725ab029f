import { Type } from 'typebox';
import { Closed, Instant } from '../../schemas/common.ts';
import { command } from './command.ts';

export const advance = command({
  name: 'advance',
  role: 'operator',
  console: {
    ...{ title: 'Move the test clock', button: 'Advance', done: 'The clock was moved.' },
    offered: ({ testClock, detail }) => testClock && detail.customer.phase !== 'ended',
  },
  help: "move a customer's test clock",
  operationId: 'advanceClock',
  summary: "Move the customer's test clock forward",
  inputs: [
    {
      kind: 'instant',
      field: 'to',
      label: 'To',
      hint: 'ISO 8601, like 2026-12-24T00:00:00Z',
      wrong: ['The date is not valid', 'Enter a time like 2026-12-24T00:00:00Z.'],
      option: ['--to <date>', 'a date or an ISO 8601 instant'],
    },
  ],
  body: Closed({ to: Instant }, { examples: [{ to: '2026-12-24T00:00:00Z' }] }),
  reply: Type.Object({ now: Instant, reached: Type.Boolean(), phase: Type.String() }),
  run: async (deps, command, { to }) => {
    const { advanceClock } = await import('../customer-commands.ts');
    return advanceClock(deps, command, to);
  },
});
