import { CORE_STEPS, defineProduct } from 'tenure/product';
import { mails } from './mails.ts';
import { postConfirmation } from './post-confirmation.ts';
import { words } from './words.ts';

// Customers sign up and sign in with Cognito, or any other issuer. They begin without a subscription and may take one
// later; they have no trial, no password and no instance here.
export default defineProduct({
  name: 'predixa',
  brand: { name: 'Predixa', colour: '#1d4ed8' },
  currency: 'usd',
  identity: 'external',
  plans: [
    { id: 'none', name: 'No subscription', monthlyCents: 0, maxDevices: 0, connections: 1 },
    { id: 'premium', name: 'Premium', monthlyCents: 999, annualCents: 9_900, maxDevices: 1, connections: 1 },
  ],
  // The sign-up sends no mail: the app has said hello already.
  steps: CORE_STEPS.filter(({ part }) => part === 'billing'),
  routes: [postConfirmation],
  words,
  mails,
});
