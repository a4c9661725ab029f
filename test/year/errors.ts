/** An error that is put into a copy of the product. */
export interface Seeded {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** Who meets it, of the small year. */
  readonly customers: string;
}

export const SEEDED: readonly Seeded[] = [
  {
    name: 'what is not paid is suspended a day late',
    file: 'workflows/domain/dunning.ts',
    from: 'const suspendAt = from + graceDays * DAY_MS;',
    to: 'const suspendAt = from + (graceDays + 1) * DAY_MS;',
    customers: '9',
  },
  {
    name: 'the coupon of the signup is ignored',
    file: 'activities/billing/trial-subscription.ts',
    from: 'replaced === undefined ? discountsOf(deps, terms) : carriedOver(deps, replaced)',
    to: 'replaced === undefined && terms.plan === "" ? discountsOf(deps, terms) : replaced ? carriedOver(deps, replaced) : Promise.resolve({})',
    customers: '11',
  },
  {
    name: 'the last reminder of a trial is left out',
    file: 'workflows/domain/profiles/defaults.ts',
    from: 'reminderDaysBeforeEnd: [7, 2]',
    to: 'reminderDaysBeforeEnd: [7]',
    customers: '7',
  },
  {
    name: 'a refund is made twice',
    file: 'activities/billing/refunds.ts',
    from: 'return stripe.refunds.create(',
    to: 'if (amount !== undefined) await stripe.refunds.create({ payment_intent: payment.intent, amount }); return stripe.refunds.create(',
    customers: '11',
  },
  {
    name: 'a licence lasts a month too long',
    file: 'workflows/domain/subscription.ts',
    from: 'return until ? daysAfter(until, terms.graceDays) : current;',
    to: 'return until ? daysAfter(until, terms.graceDays + 30) : current;',
    customers: '17',
  },
  {
    name: 'a customer who is to leave with the period is ended immediately',
    file: 'workflows/subscription.ts',
    from: "if (when === 'now') {",
    to: "if (when === 'now' || actor !== '') {",
    customers: '18',
  },
  {
    name: 'a subscription that somebody ends in Stripe is the end of the customer',
    file: 'workflows/domain/lifecycle.ts',
    from: "subscription && isOrdered(subscription, leavesOn) ? 'cancellation' : 'lapsed'",
    to: "subscription && (isOrdered(subscription, leavesOn) || freePlan === undefined) ? 'cancellation' : 'lapsed'",
    customers: '13',
  },
  {
    name: 'each retry that is declined is told of anew',
    file: 'workflows/phase/send-or-alert.ts',
    from: 'key: `${customerId}:paymentFailed:${invoiceId}`',
    to: 'key: `${customerId}:paymentFailed:${invoiceId}:${String(Math.floor(customer.clock.now() / 86_400_000))}`',
    customers: '9',
  },
  {
    name: 'a payment does not bring the instance back',
    file: 'workflows/subscription.ts',
    from: 'standing: meaning.standing,',
    to: 'standing: meaning.standing === "active" ? this.customer.state.standing : meaning.standing,',
    customers: '14',
  },
  {
    name: 'an extension gives a day too many',
    file: 'workflows/phase/trial-end.ts',
    from: 'const trialEndsAt = daysAfter(end > now ? end : now, days);',
    to: 'const trialEndsAt = daysAfter(end > now ? end : now, days + 1);',
    customers: '1',
  },
];
