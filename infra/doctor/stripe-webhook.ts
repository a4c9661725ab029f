import { isLoopback } from '../config/forms.ts';
import type { Answer } from './answer.ts';
import {
  conclude,
  examine,
  missing,
  ok,
  okIf,
  unknown,
  type Check,
  type Finding,
  type Topic,
  type Verdict,
} from './finding.ts';
import { SILENCE, permission } from './stripe-silence.ts';
import { howTo } from '../program-file.ts';

export interface StripeEndpoint {
  readonly id: string;
  readonly url: string;
  readonly enabled: boolean;
  readonly events: readonly string[];
  /** Null: the endpoint follows the version of the account. */
  readonly apiVersion: string | null;
}

export interface WebhookExpected {
  /** Where our APIs take events, of whatever product they are; any of them will do. */
  readonly webhookUrls: readonly string[];
  readonly events: readonly string[];
  readonly apiVersion: string;
}

/** Names of this machine are one name. */
function address(url: string): string {
  if (!URL.canParse(url)) return url;
  const { protocol, hostname, port, pathname } = new URL(url);
  return `${protocol}//${isLoopback(hostname) ? 'localhost' : hostname}:${port}${pathname.replace(/\/$/, '')}`;
}

export function ourEndpoints(
  endpoints: readonly StripeEndpoint[],
  { webhookUrls }: Pick<WebhookExpected, 'webhookUrls'>,
): readonly StripeEndpoint[] {
  const ours = webhookUrls.map(address);
  return endpoints.filter(({ url }) => ours.includes(address(url)));
}

const MEANS = 'a payment, a failed one or a card added is noticed only when something else is due';
const AT = 'dashboard > Developers > Webhooks';

export const urlOf = ({ webhookUrls }: WebhookExpected): string => webhookUrls[0] ?? '';

function presence(endpoints: readonly StripeEndpoint[], url: string): Verdict {
  const enabled = endpoints.filter((endpoint) => endpoint.enabled);
  if (enabled[0] && enabled.length === 1) return ok(`enabled, to ${enabled[0].url}`);
  if (enabled.length > 1) return missing(`${String(enabled.length)} send to ${url}, each with a secret of its own`);
  return missing(endpoints.length === 0 ? `none sends to ${url}` : `the one to ${url} is disabled`);
}

const presenceTopic = (expected: WebhookExpected): Topic<readonly StripeEndpoint[]> => ({
  part: 'Stripe',
  about: 'webhook endpoint',
  silence: SILENCE,
  refusal: permission('"Webhook endpoints"'),
  checks: [
    {
      check: 'webhook endpoint',
      look: (endpoints) => presence(ourEndpoints(endpoints, expected), urlOf(expected)),
      means: MEANS,
      remedy: `"${howTo('stripe', 'apply')}", or ${AT}: exactly one enabled endpoint to ${urlOf(expected)}; its signing secret goes into STRIPE_WEBHOOK_SECRET`,
    },
  ],
});

/** Of the events that are needed, those that do not come. */
export const missingEvents = ({ events }: StripeEndpoint, needed: readonly string[]): readonly string[] =>
  events.includes('*') ? [] : needed.filter((event) => !events.includes(event));

const endpointChecks = ({ events: needed, apiVersion: pinned }: WebhookExpected): readonly Check<StripeEndpoint>[] => [
  {
    check: 'webhook events',
    look: (endpoint) => {
      const without = missingEvents(endpoint, needed);
      return okIf(without.length === 0, 'all that are needed', `not sent: ${without.join(', ')}`);
    },
    means: MEANS,
    remedy: `"${howTo('stripe', 'apply')}", or ${AT} > the endpoint > Edit destination > events: add them`,
  },
  {
    check: 'webhook version',
    look: ({ apiVersion }) =>
      okIf(apiVersion === pinned, pinned, `${apiVersion ?? 'the one of the account'}, and ${pinned} is needed`),
    means: `events of another version are parked, so ${MEANS}`,
    remedy: `a version cannot be changed: delete the endpoint, then "${howTo('stripe', 'apply')}" makes one of ${pinned}`,
  },
];

const deliveriesTopic = (endpoints: number): Topic<number> => ({
  part: 'Stripe',
  about: 'webhook deliveries',
  silence: SILENCE,
  refusal: permission('"Events"'),
  checks: [
    {
      check: 'webhook deliveries',
      look: (undelivered) => {
        if (undelivered === 0) return ok('none failed in the last hour');
        const said = `${String(undelivered)} events of the last hour were not accepted`;
        return endpoints === 1 ? missing(said) : unknown(`${said} by one of ${String(endpoints)} endpoints`);
      },
      means: MEANS,
      remedy: `${AT} > the endpoint > Event deliveries: 400 means that STRIPE_WEBHOOK_SECRET is another endpoint's; no answer, that DNS or the proxy do not lead to the API; 5xx, that the API's log says why`,
    },
  ],
});

interface WebhookFacts {
  readonly endpoints: Answer<readonly StripeEndpoint[]>;
  readonly undelivered: Answer<number>;
}

/** Whether Stripe tells this address of what happens, and in the words that are understood here. */
export function webhookFindings({ endpoints, undelivered }: WebhookFacts, expected: WebhookExpected): Finding[] {
  const enabled = 'told' in endpoints ? endpoints.told.filter((endpoint) => endpoint.enabled) : [];
  const found = ourEndpoints(enabled, expected)[0];
  return [
    ...conclude(presenceTopic(expected), endpoints),
    ...(found ? examine('Stripe', found, endpointChecks(expected)) : []),
    ...(found ? conclude(deliveriesTopic(enabled.length), undelivered) : []),
  ];
}
