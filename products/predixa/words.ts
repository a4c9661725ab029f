import type { Words } from 'tenure/product';

/** What is so because people sign up, sign in and delete their account in the app. */
export const words: Words = {
  api: 'What the Predixa app asks: who somebody is, what their subscription entitles them to, and how it begins and ends. People sign up and sign in in the app, which sends the ID token of its identity provider.',
  legal: {
    terms: [
      {
        paragraphs: [
          'Predixa is free to use, and Premium adds to it. These are the terms in plain words; the company that runs Predixa for you may add a contract to them.',
        ],
      },
      {
        heading: 'Payment',
        paragraphs: [
          'Premium is paid in advance by card through Stripe, monthly or yearly, as you choose.',
          'If a payment fails, it is tried again, and you can pay with another card in the app. If it is not paid, Premium ends, and you keep your account.',
        ],
      },
      {
        heading: 'Leaving',
        paragraphs: [
          'You may cancel Premium in the app at any time. You may also delete your account there, and with it everything we know about you.',
        ],
      },
    ],
    privacy: [
      {
        heading: 'What we keep',
        paragraphs: [
          'Your email address, your given and family name if you gave them, the id of your identity, your requests and when you made them, and the ids and amounts of your invoices.',
        ],
      },
      {
        heading: 'What we do not keep',
        paragraphs: [
          "Card data: payments are made on Stripe's pages. Passwords: you sign in at our identity provider.",
        ],
      },
      {
        heading: 'Who else sees it',
        paragraphs: [
          'Stripe, for payment, our identity provider, and our mail provider, for the emails that we send you. Nobody else.',
        ],
      },
      {
        heading: 'Deletion',
        paragraphs: [
          'Deleting your account in the app removes your data everywhere, except the invoices that the law makes us keep.',
        ],
      },
    ],
  },
};
