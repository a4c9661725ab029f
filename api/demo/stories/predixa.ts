import { App } from '../app.ts';
import { payAt } from '../checkout.ts';
import type { Stage, Story } from './story.ts';

interface Entitlement {
  readonly status: string;
  readonly plan: string | null;
}

const entitlementOf =
  ({ world }: Stage, app: App) =>
  async (): Promise<Entitlement> =>
    (await (await app.call(`${world.run.api}/me/entitlements`)).json()) as Entitlement;

/** @returns the customer's id */
async function signsUp({ world, narrator }: Stage, app: App, email: string): Promise<string> {
  await app.signUp({ given_name: 'Ada', family_name: 'Lovelace', email });
  const subject = await app.signIn(email);
  const { customer_id: customerId } = await narrator.tell({
    from: 'the API',
    read: async () =>
      (await (await app.call(`${world.run.api}/me`)).json()) as {
        readonly customer_id?: string;
        readonly phase?: string;
      },
    isSo: ({ phase }) => phase === 'free',
    text: ({ customer_id }) => `the token of ${subject} is that of the customer ${customer_id ?? 'nobody'}`,
  });
  return customerId ?? '';
}

const lives: Story = async (stage) => {
  const { world, narrator } = stage;
  narrator.chapter('1. Ada signs up in the app, whose issuer tells Tenure; subscribes; and deletes her account');
  const app = new App(world.run.identities ?? '');
  const email = `ada.${Date.now().toString(36)}@app.example`;
  const customerId = await signsUp(stage, app, email);
  narrator.link('Temporal', `${world.run.temporalUi ?? ''}/customer%2F${customerId}`);
  const read = entitlementOf(stage, app);
  await narrator.tell({
    from: 'Stripe',
    read: async () => (await world.customer(customerId)).stripeCustomerId,
    isSo: (id) => id !== null,
    text: (id) => `Stripe knows her as ${id ?? 'nobody'}`,
  });
  await narrator.tell({
    from: 'the API',
    read,
    isSo: ({ status }) => status === 'none',
    text: ({ status }) => `GET /me/entitlements: ${status}`,
  });
  const opened = await app.call(`${world.run.api}/me/upgrade`, { method: 'POST', body: { plan: 'premium' } });
  await payAt(((await opened.json()) as { readonly checkout_url: string }).checkout_url);
  await narrator.tell({
    from: 'the API',
    read,
    isSo: ({ status }) => status === 'active',
    text: ({ status, plan }) => `after the Checkout: ${status}, ${plan ?? 'no plan'}`,
  });
  await narrator.tell({
    from: 'Stripe',
    read: () => world.paid(customerId),
    isSo: (cents) => cents === 999,
    text: (cents) => `Stripe has charged $${(cents / 100).toFixed(2)}`,
  });
  await app.call(`${world.run.api}/me/account`, { method: 'DELETE' });
  await narrator.tell({
    from: 'Postgres',
    read: () => world.customer(customerId),
    isSo: ({ phase, email: address }) => phase === 'ended' && address === null,
    text: ({ phase, email: address }) => `deleted: ${phase}, with ${address === null ? 'no address' : 'her address'}`,
  });
  await narrator.tell({
    from: 'the API',
    read,
    isSo: ({ status, plan }) => status === 'none' && plan === null,
    text: ({ status }) => `GET /me/entitlements: ${status}`,
  });
};

export const STORIES: readonly Story[] = [lives];
