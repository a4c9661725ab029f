import { Type } from 'typebox';
import { DIFFERENCE_KINDS, isMendable } from '../../../workflows/domain/differences.ts';
import { Closed, OneOf, Reason } from '../../schemas/common.ts';
import { command, REASON } from './command.ts';

export const MendReply = Type.Object({
  outcomes: Type.Array(Type.Object({ kind: OneOf(DIFFERENCE_KINDS), mended: Type.Boolean(), what: Type.String() }), {
    description: 'One for each difference; empty if there were none.',
  }),
});

/** The command line has it as `reconcile --mend`, which also does it for everybody. */
export const mend = command({
  name: 'mend',
  role: 'operator',
  console: {
    title: 'Mend the records that differ',
    button: 'Compare again and mend',
    done: 'The records were compared again and mended; the timeline shows the result for each difference.',
    offered: ({ detail }) => detail.differences.some(({ kind }) => isMendable(kind)),
  },
  operationId: 'mendRecords',
  summary: 'Mend where Postgres, Temporal and Stripe differ, also of a customer who is unknown here',
  inputs: [
    REASON,
    {
      kind: 'end',
      field: 'end',
      confirm: "The customer's id, to confirm an end",
      label:
        'Also mend what ends something: cancel a subscription that has no customer here, or end a customer whose subscription is over. This cannot be undone.',
    },
  ],
  body: Closed(
    {
      reason: Reason,
      end: Type.Optional(
        Type.Boolean({
          default: false,
          description:
            'Also mend what ends something: cancel a subscription that has no customer here, end a customer whose subscription is over.',
        }),
      ),
    },
    { examples: [{ reason: 'Temporal was restored.' }] },
  ),
  reply: MendReply,
  run: async (deps, command, body) => {
    const { mendRecords } = await import('../mend-records.ts');
    return { outcomes: [...(await mendRecords(deps, command, body)).outcomes] };
  },
});
