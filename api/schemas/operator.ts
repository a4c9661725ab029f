import { Type } from 'typebox';
import { Closed, Nullable, OneOf, Reason } from './common.ts';

const Cents = Type.Integer({ description: 'In the smallest unit of the currency.' });

export const RefundBody = Closed({
  invoice: Type.Optional(
    Type.String({ pattern: '^in_\\w{1,60}$', description: "Stripe's id; the newest paid invoice if absent." }),
  ),
  amount: Type.Optional(Type.Integer({ minimum: 1, description: 'Cents; all that is left if absent.' })),
  reason: Reason,
});
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
