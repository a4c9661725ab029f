import type { Words } from 'tenure/product';

export const words: Words = {
  signup: {
    promise: 'Your landing zone is ready in a few minutes.',
    message: 'Onboarding initiated successfully',
    nextSteps: ['Check your email for your API key', 'Check your email to set up your password'],
  },
  api: 'The life of a customer of SecureBase: Checkout, landing zone, trial, payment, cancellation.',
  instance: 'landing zone',
  legal: {
    privacy: [
      {
        heading: 'What we keep',
        paragraphs: [
          'Your email address, company, name if you give it, a hash of your password, your requests and when you made them, and the ids and amounts of your invoices. Your own data is in your landing zone.',
        ],
      },
      {
        heading: 'What we do not keep',
        paragraphs: [
          "Card data: payments are made on Stripe's pages. Your IP address at signup: we keep only a hash, for a day at most, to prevent abuse. Your API keys and sessions: we keep only hashes.",
        ],
      },
      {
        heading: 'Who else sees it',
        paragraphs: [
          'Stripe, for payment, AWS, where your landing zone is, and our mail provider, for the emails that SecureBase sends you. Nobody else.',
        ],
      },
      {
        heading: 'Deletion',
        paragraphs: [
          'Deleting your account on the account page removes your data everywhere, except the invoices that the law makes us keep. AWS keeps a closed account for 90 days.',
        ],
      },
    ],
  },
};
