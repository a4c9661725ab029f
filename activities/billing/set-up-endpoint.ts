import { randomUUID } from 'node:crypto';
import type Stripe from 'stripe';
import { isLoopback } from '../../infra/config/forms.ts';
import type { StripeExpected } from '../../infra/doctor/stripe.ts';
import { missingEvents, ourEndpoints, urlOf, type StripeEndpoint } from '../../infra/doctor/stripe-webhook.ts';
import type { Change } from './set-up-change.ts';

type Events = Stripe.WebhookEndpointCreateParams.EnabledEvent[];

/** Stripe says the secret in its reply, and never again. */
async function makeEndpoint(stripe: Stripe, url: string, { events, apiVersion }: StripeExpected): Promise<string> {
  const order = {
    ...{ url, api_version: apiVersion as Stripe.WebhookEndpointCreateParams.ApiVersion },
    enabled_events: [...events] as Events,
  };
  // A new key each time: a key used a day ago could return an endpoint that was deleted since.
  const { secret = '' } = await stripe.webhookEndpoints.create(order, { idempotencyKey: randomUUID() });
  return `put this into the settings of the API, and restart it; it is not shown again:\n    STRIPE_WEBHOOK_SECRET=${secret}`;
}

const IN_THE_DASHBOARD = 'dashboard > Developers > Webhooks';

function* changesTo(stripe: Stripe, endpoint: StripeEndpoint, expected: StripeExpected): Iterable<Change> {
  const { id, url, enabled, apiVersion } = endpoint;
  const without = missingEvents(endpoint, expected.events);
  const update = async (change: Stripe.WebhookEndpointUpdateParams): Promise<undefined> => {
    await stripe.webhookEndpoints.update(id, change);
  };
  if (!enabled)
    yield {
      what: `switch on the webhook endpoint to ${url}: it is disabled`,
      carryOut: () => update({ disabled: false }),
    };
  if (without.length > 0)
    yield {
      what: `let the webhook endpoint to ${url} send ${without.join(', ')}`,
      carryOut: () => update({ enabled_events: [...endpoint.events, ...without] as Events }),
    };
  if (apiVersion !== expected.apiVersion)
    yield {
      what: `webhook endpoint to ${url}: its API version is ${apiVersion ?? 'the one of the account'}, and ${expected.apiVersion} is needed. Stripe changes no version: delete the endpoint (${IN_THE_DASHBOARD}), then apply this again`,
    };
}

/** Exactly one endpoint sends to our address, switched on, with all events, in the version of our library. */
export function* endpointChanges(
  stripe: Stripe,
  endpoints: readonly StripeEndpoint[],
  expected: StripeExpected,
): Iterable<Change> {
  const ours = ourEndpoints(endpoints, expected);
  const enabled = ours.filter((endpoint) => endpoint.enabled);
  const url = urlOf(expected);
  const [kept] = [...enabled, ...ours];
  if (enabled.length > 1)
    yield {
      what: `${String(enabled.length)} webhook endpoints send to ${url}, each with a secret of its own. Delete all but the one whose secret is in STRIPE_WEBHOOK_SECRET: ${IN_THE_DASHBOARD}`,
    };
  else if (kept) yield* changesTo(stripe, kept, expected);
  else if (expected.standIn === undefined && isLoopback(new URL(url).hostname))
    yield {
      what: `webhook endpoint: Stripe does not reach ${url}. Set PUBLIC_URL, or give --webhook-url`,
    };
  else
    yield {
      what: `make webhook endpoint to ${url}, ${String(expected.events.length)} events, version ${expected.apiVersion}`,
      carryOut: () => makeEndpoint(stripe, url, expected),
    };
}
