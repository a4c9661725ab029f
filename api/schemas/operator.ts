import { Type } from 'typebox';
import { Closed, Nullable, OneOf, Patterned, Reason } from './common.ts';

const Cents = Type.Integer({ description: 'In the smallest unit of the currency.' });

/** The most Stripe takes. */
const MOST_CENTS = 99_999_999;

export const RefundBody = Closed(
  {
    invoice: Type.Optional(Patterned('invoiceId', { description: "Stripe's id; default: the newest paid invoice." })),
    amount: Type.Optional(
      Type.Integer({ minimum: 1, maximum: MOST_CENTS, description: 'In cents; default: all that is left.' }),
    ),
    reason: Reason,
  },
  { examples: [{ amount: 9_900, reason: 'Charged twice.' }] },
);
export const RefundReply = Type.Object({
  refund_id: Type.String(),
  invoice: Type.String(),
  amount: Cents,
  currency: Type.String(),
  refunded_in_all: Cents,
  paid: Cents,
});

export const AdoptReply = Type.Object({
  adopted: Type.Boolean(),
  version: Type.Integer({ description: 'Of the stack; counts its changes.' }),
});

export const UnlockReply = Type.Object({
  was_locked: Type.Boolean({ description: 'Whether a limit had kept the customer out.' }),
  stack_lock: Nullable(OneOf(['nobody', 'alive', 'dead', 'elsewhere'])),
  message: Type.String(),
});
