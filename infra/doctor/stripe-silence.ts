/** Stripe is away. */
export const SILENCE = {
  means:
    'while Stripe is unavailable, signups wait at "stripeCustomer" and nobody can pay; both continue automatically',
  remedy:
    'see https://status.stripe.com and whether this machine reaches api.stripe.com:443, then run the doctor again',
};
/** The key is taken, and may not read that. */
export const permission = (what: string) => ({
  state: 'cannot tell' as const,
  means: `nobody has looked at ${what}`,
  remedy: `dashboard > Developers > API keys > the restricted key > Edit: allow "Read" for ${what}, or look yourself`,
});
