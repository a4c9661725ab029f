/** Where a customer's Checkout leads back to. Stripe puts the id of the Checkout into the address. */
export const returnTo = (pages: string, customerId: string) => ({
  success_url: `${pages}/upgrade/done?customer=${customerId}&session_id={CHECKOUT_SESSION_ID}`,
  cancel_url: `${pages}/upgrade/cancelled`,
});
