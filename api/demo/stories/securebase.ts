import { payAt } from '../checkout.ts';
import { supportOf } from '../visitor.ts';
import type { Stage, Story } from './story.ts';

const COMPANY = 'Mercy Hospital';

interface Opened {
  readonly checkout_url: string;
  readonly session_id: string;
}

interface Verified {
  readonly success: boolean;
  readonly status: string;
  readonly customer_id: string | null;
}

async function openCheckout({ world }: Stage, email: string): Promise<Opened> {
  const reply = await fetch(`${world.run.api}/checkout`, {
    ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
    body: JSON.stringify({ tier: 'healthcare', email, name: COMPANY, use_pilot_coupon: true }),
  });
  if (!reply.ok) throw new Error(`/checkout answered ${String(reply.status)}: ${await reply.text()}`);
  return (await reply.json()) as Opened;
}

/** @returns the customer's id */
async function paysFirst({ world, narrator }: Stage, { checkout_url, session_id }: Opened): Promise<string> {
  const verify = async (): Promise<Verified> =>
    (await (await fetch(`${world.run.api}/checkout/verify?session_id=${session_id}`)).json()) as Verified;
  await narrator.tell({
    from: 'the API',
    read: verify,
    isSo: ({ status, customer_id }) => status === 'open' && customer_id === null,
    text: ({ status }) => `its Checkout is ${status}, and there is no customer yet`,
  });
  await payAt(checkout_url);
  const { customer_id: customerId } = await narrator.tell({
    from: 'the API',
    read: verify,
    isSo: ({ success }) => success,
    text: ({ customer_id }) => `the Checkout is completed, and they are the customer ${customer_id ?? 'nobody'}`,
  });
  return customerId ?? '';
}

const sells: Story = async (stage) => {
  const { world, narrator } = stage;
  narrator.chapter(`1. ${COMPANY} takes the tier healthcare with the pilot discount, and pays before it signs up`);
  const email = `admin.${Date.now().toString(36)}@mercy.example`;
  const customerId = await paysFirst(stage, await openCheckout(stage, email));
  narrator.link('Temporal', `${world.run.temporalUi ?? ''}/customer%2F${customerId}`);
  await narrator.tell({
    from: 'Postgres',
    read: () => world.customer(customerId),
    isSo: ({ phase, complianceFramework }) => phase === 'trial' && complianceFramework === 'hipaa',
    text: ({ phase, plan, complianceFramework }) =>
      `in the phase ${phase}: ${plan}, held to ${complianceFramework ?? '–'}`,
  });
  const { slug } = await world.customer(customerId);
  await narrator.tell({
    from: 'the instance',
    read: () => world.instance(slug ?? '', '/'),
    isSo: ({ status }) => status === 200 || status === 303,
    text: () => `what stands in for the landing zone answers at ${world.run.instances.replace('<slug>', slug ?? '')}`,
  });
  await narrator.tell({
    from: 'inbox',
    read: () => world.inbox(email),
    isSo: (subjects) => subjects.length === 3,
    text: (subjects) => `mails: ${subjects.join(' · ')}`,
  });
  await supportOf(world.run).command(customerId, 'advance', { to: await world.inDays(customerId, 31) });
  await narrator.tell({
    from: 'Stripe',
    read: () => world.paid(customerId),
    isSo: (cents) => cents === 750_000,
    text: (cents) => `31 days later Stripe has charged $${(cents / 100).toFixed(2)}, half the price`,
  });
};

export const STORIES: readonly Story[] = [sells];
