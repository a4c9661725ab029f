import { params } from '../params.ts';
import { route } from '../routes.ts';

const account = route({
  method: 'GET',
  path: '/v1/account',
  params: params({}),
  handle: () => ({
    id: 'acct_1LocalEmulator',
    object: 'account',
    ...{
      charges_enabled: true,
      country: 'US',
      default_currency: 'usd',
      details_submitted: true,
      payouts_enabled: true,
    },
    ...{ email: null, metadata: {}, type: 'standard' },
  }),
});

/** What was taken and neither given nor charged back, by currency. The emulator knows no fees and no payouts. */
const balance = route({
  method: 'GET',
  path: '/v1/balance',
  params: params({}),
  handle: ({ store }) => {
    const totals = new Map<string, number>();
    for (const charge of store.all('charge', { status: 'succeeded' }))
      totals.set(charge.currency, (totals.get(charge.currency) ?? 0) + charge.amount_captured - charge.amount_refunded);
    for (const { currency, amount, status } of store.all('dispute'))
      if (status !== 'won') totals.set(currency, (totals.get(currency) ?? 0) - amount);
    const available = [...totals].map(([currency, amount]) => ({ amount, currency, source_types: { card: amount } }));
    return { object: 'balance', available, livemode: false, pending: [] };
  },
});

export const accountRoutes = [account, balance];
