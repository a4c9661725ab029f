import { html } from 'ghtml';
import type { CheckoutState } from '../../accounts/checkout.ts';
import type { Page } from './layout.ts';

interface Notice {
  readonly heading: string;
  readonly text: string;
  /** Whether it will change soon. */
  readonly waits?: true;
}

const DONE = 'Check your email for a link to set your password. Then you can sign in.';

const NOTICES: Readonly<Record<CheckoutState, Notice>> = {
  open: { heading: 'Thank you', text: 'We are waiting for confirmation from Stripe.', waits: true },
  completed: { heading: 'Thank you', text: 'We are creating your account.', waits: true },
  customer: { heading: 'Your account is ready', text: DONE },
  refused: {
    heading: 'You already have an account',
    text: 'There is already an account with this email address, so this subscription was cancelled and you have not been charged for it. Sign in instead.',
  },
  expired: { heading: 'This took too long', text: 'You have not been charged. Please sign up again.' },
};

/** The page after a Checkout of somebody who was not a customer yet. */
export const welcomePage = (state: CheckoutState): Page => {
  const { heading, text, waits } = NOTICES[state];
  return {
    title: heading,
    ...(waits && { reloadSeconds: 2 }),
    body: html`
      <h1>${heading}</h1>
      <p role="status">${text}</p>
      <p><a href="/login">Sign in</a></p>
    `,
  };
};
