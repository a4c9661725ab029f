import { Type } from 'typebox';
import { BillingCycle, Closed, Instant, Nullable, OneOf, Reason, SoldPlanId } from './common.ts';

const CYCLE = { ...BillingCycle, description: 'How it is paid; as now if absent.' };
const EXAMPLE = { plan: 'professional', billing_cycle: 'monthly' };
const Wish = { plan: SoldPlanId, billing_cycle: Type.Optional(CYCLE) };

export const PlanWishQuery = Closed(Wish);
export const PlanWishBody = Closed(Wish, { examples: [EXAMPLE] });
/** The same, by staff. */
export const PlanOrderBody = Closed(
  { ...Wish, reason: Reason },
  { examples: [{ ...EXAMPLE, reason: 'Asked for on the phone.' }] },
);

export const PauseBody = Closed(
  { months: Type.Integer({ minimum: 1, maximum: 24, description: 'How many payments are left out.' }) },
  { examples: [{ months: 2 }] },
);
export const PauseReply = Type.Object({
  from: { ...Instant, description: 'Until then it is paid, and nothing changes.' },
  until: { ...Instant, description: 'When you are charged again.' },
});

const CycleReply = OneOf(['monthly', 'quarterly', 'annual']);

export const PlanChangeReply = Type.Object({
  plan: Type.String(),
  billing_cycle: CycleReply,
  begins_at: Nullable({ ...Instant, description: 'Null when it has begun.' }),
});

export const PlanPreviewReply = Type.Object({
  plan: Type.String(),
  billing_cycle: CycleReply,
  begins: OneOf(['now', 'period_end'], { description: 'Less begins where what is paid ends.' }),
  due_now: Type.Integer({ description: 'Charged at once, in the smallest unit of the currency.' }),
  currency: Type.String(),
  next_payment: Type.Object({ amount: Type.Integer(), at: Instant }),
});
