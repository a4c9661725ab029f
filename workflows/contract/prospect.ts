/** The workflow of a prospect: until they become a customer, are refused, or do not come back. */
export const PROSPECT = 'prospect';

export const prospectWorkflowId = (customerId: string): string => `prospect/${customerId}`;

export interface ProspectStart {
  /** The id that they will have as a customer. */
  readonly customerId: string;
  /** Instants: when they are reminded, once, and when they are considered gone. */
  readonly remindAt: string;
  readonly abandonAt: string;
}

/** How it ended. */
export type ProspectEnd = 'customer' | 'refused' | 'abandoned';

/** Opens the Checkout in which they pay before they become a customer; a repeated call returns the same one. */
export const OPEN_CHECKOUT = 'openCheckout';

export interface OpenedCheckout {
  readonly checkoutId: string;
  readonly checkoutUrl: string;
}

/** `ready`: they have done what was required. `over`: it can no longer be done. */
export type ProspectLook =
  { readonly is: 'open' | 'over' } | { readonly is: 'ready'; readonly trialEndsAt: string | null };

/** `holder`: the customer who has the address already. */
export type Creation =
  { readonly outcome: 'customer' } | { readonly outcome: 'refused'; readonly holder: string | null };
