/** The workflow of who may become a customer: until they are one, are refused, or do not come back. */
export const PROSPECT = 'prospect';

export const prospectWorkflowId = (customerId: string): string => `prospect/${customerId}`;

export interface ProspectStart {
  /** The id that they will have as a customer. */
  readonly customerId: string;
  /** Instants: when they are reminded once, and when they are taken to have gone. */
  readonly remindAt: string;
  readonly abandonAt: string;
}

/** How it ended. */
export type ProspectEnd = 'customer' | 'refused' | 'abandoned';

/** Opens the Checkout in which they pay before they are a customer; asked again, it is the same one. */
export const OPEN_CHECKOUT = 'openCheckout';

export interface OpenedCheckout {
  readonly checkoutId: string;
  readonly checkoutUrl: string;
}

/** `ready`: what they had to do is done. `over`: it cannot be done any more. */
export type ProspectLook =
  { readonly is: 'open' | 'over' } | { readonly is: 'ready'; readonly trialEndsAt: string | null };

/** `holder`: the customer who has the address already. */
export type Creation =
  { readonly outcome: 'customer' } | { readonly outcome: 'refused'; readonly holder: string | null };
