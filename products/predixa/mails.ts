import { defineMail } from 'tenure/product';

const day = (at: Date): string => at.toLocaleDateString('en-GB', { dateStyle: 'long', timeZone: 'UTC' });

// They lead to the app: its users cannot sign in on our pages.
const subscriptionStarted = defineMail({
  subject: 'Thank you - your subscription has started',
  paragraphs: ({ customer, charge }) => [
    `You are now on ${customer.planName}.${charge === undefined ? '' : ` You paid ${charge.amount} on ${day(charge.at)}.`}`,
    'You can change or cancel it in the app.',
  ],
});

const paymentFailed = defineMail({
  subject: 'Your payment failed',
  paragraphs: ({ customer, charge }) => {
    const payment = charge === undefined ? 'A payment' : `A payment of ${charge.amount}, due on ${day(charge.at)},`;
    return customer.isPaying
      ? [
          `${payment} was declined. We will try again over the next few days; until then you keep ${customer.planName}.`,
          'Please check your payment method in the app.',
        ]
      : [
          `${payment} was declined, so nothing was charged and your subscription has not started.`,
          'Please pay with another card in the app.',
        ];
  },
});

const movedToFreePlan = defineMail({
  subject: 'Your subscription has ended',
  paragraphs: [
    'You will not be charged again, and your data is kept.',
    'You can subscribe again in the app at any time.',
  ],
});

const cancelled = defineMail({
  subject: 'Your account has been closed',
  paragraphs: ['Your account has been closed. You will not be charged again.'],
  actions: ({ links }) => (links.afterLeaving ? [{ label: 'Your invoices', url: links.afterLeaving }] : []),
});

const planEnds = defineMail({
  subject: ({ customer }) => `${customer.planName} ends soon`,
  paragraphs: ({ customer, details }) => [
    `${customer.planName} ends on ${day(new Date(details['endsAt'] ?? ''))}. After that you will not be charged again, and your data is kept.`,
    'You can keep it in the app until then.',
  ],
});

const planChanged = defineMail({
  subject: ({ customer }) => `Your ${customer.planName} subscription has changed`,
  paragraphs: ({ customer, details }) => [
    customer.planAhead === undefined
      ? `You are now on ${customer.planName}.${details['charged'] ? ` ${String(details['charged'])} was charged for the change.` : ''}`
      : `From ${day(customer.planAhead.from)} on you have ${customer.planAhead.name} for ${customer.planAhead.price}. Until then nothing changes.`,
    'You can change or cancel it in the app.',
  ],
});

const planPaused = defineMail({
  subject: ({ customer, details }) => `${customer.planName} ${details['until'] ? 'is paused' : 'continues'}`,
  paragraphs: ({ customer, details: { from, until } }) =>
    until
      ? [
          `${customer.planName} is paused from ${day(new Date(from ?? ''))} on. Nothing is charged until it continues on ${day(new Date(until))}.`,
          'You can end the pause in the app.',
        ]
      : [`${customer.planName} is not paused any more.`],
});

export const mails = {
  subscriptionStarted,
  paymentFailed,
  planChanged,
  planEnds,
  planPaused,
  movedToFreePlan,
  cancelled,
};
