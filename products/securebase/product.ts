import { defineProduct, defineStep } from 'tenure/product';
import { mails } from './mails.ts';
import { openCheckout, verifyCheckout } from './checkout.ts';
import { steps } from './landing-zone.ts';
import { plans } from './plans.ts';
import { PILOT_COUPON } from './pilot.ts';
import { words } from './words.ts';

const passwordMail = defineStep({
  name: 'passwordMail',
  title: 'Send the link to set your password',
  part: 'account',
  needs: [],
  takes: ['email'],
  mail: 'passwordSetup',
});

// A landing zone in AWS for companies that must comply with something: sold before the signup, with a trial of 30 days in
// the Checkout.
export default defineProduct({
  name: 'securebase',
  brand: { name: 'SecureBase', colour: '#764ba2' },
  currency: 'usd',
  plans,
  coupons: [PILOT_COUPON],
  trialDays: 30,
  paysFirst: true,
  signupsPerHour: 5,
  // tempmail.com is refused by name: the list does not have it any more.
  signupRules: { refuseDisposableAddresses: true, moreDisposableDomains: ['tempmail.com'], minCompanyName: 2 },
  target: 'aws-landing-zone',
  regions: ['us-east-1', 'us-west-2', 'eu-central-1'],
  steps: [...steps, passwordMail],
  routes: [openCheckout, verifyCheckout],
  words,
  mails,
});
