import { STRIPE_EVENTS } from '../../api/webhooks/events.ts';
import { eventually } from '../support/eventually.ts';
import type { World } from './operations.ts';

/** More than one step causes, with those of all others who live at the same time. */
const NEWEST = 60;

/** Waits until every event about the customer has been handed on, and what followed from them is done. */
export async function untilHeard({ harness }: Pick<World, 'harness'>, customerId: string): Promise<void> {
  const { stripeCustomerId } = await harness.row(customerId);
  const { data } = await harness.stripe.events.list({ limit: NEWEST });
  const about = data.filter(
    ({ type, data: { object } }) => type in STRIPE_EVENTS && JSON.stringify(object).includes(stripeCustomerId ?? ''),
  );
  const ids = about.map(({ id }) => id);
  const handedOn = async (): Promise<boolean> => {
    if (ids.length === 0) return true;
    const found = harness.database.selectFrom('stripeEvents').select('eventId').where('eventId', 'in', ids);
    return (await found.where('state', '!=', 'received').execute()).length === ids.length;
  };
  await eventually('the events to be handed on', handedOn);
  await eventually('rest', async () => {
    const { phase } = await harness.row(customerId);
    return phase === 'ended' || (await harness.status(customerId)).nextAt !== null;
  });
}
