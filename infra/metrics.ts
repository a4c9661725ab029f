import { createServer } from 'node:http';
import { listening } from './listening.ts';
import { Counter, Registry } from 'prom-client';

/** What is counted. None of it says whom it is about. */
const COUNTERS = {
  SignupAttempts: 'Requests to sign up, or to open a Checkout for that.',
  RateLimitExceeded: 'Of these, those that came too often.',
  ValidationErrors: 'Of these, those whose fields were wrong.',
  OnboardingSuccess: 'Onboardings that are complete.',
  StripeErrors: 'Tries that Stripe refused or did not answer; declined cards are none.',
  WebhookErrors: 'Webhooks of Stripe and SES that were answered with an error.',
  EventDeliveryFailures: 'Events of Stripe that could not be handed to the workflow of their customer, by tries.',
  MissedEvents: 'Events of Stripe that no webhook brought, and that were found in its list.',
  EntitlementsUnauthorized: 'Requests for entitlements that were answered with 401.',
  HookFailures: 'Sign-ups elsewhere that were told to a hook, and refused or not taken on at once.',
  FunctionErrors: 'Requests answered with 5xx, and activities that failed for a reason nobody foresaw.',
  DatabaseErrors: 'Requests and activities for which Postgres did not answer, or was too busy.',
} as const;

export type CounterName = keyof typeof COUNTERS;

/** What belongs to no product, or to one that is not known at that moment. */
export const ALL_PRODUCTS = 'all';

const registry = new Registry();
const counters = new Map(
  Object.entries(COUNTERS).map(([name, help]) => [
    name,
    new Counter({ name, help, labelNames: ['product'], registers: [registry] }),
  ]),
);

/** The one place to count. The only label is the name of a product, so that there are few series, and nobody in them. */
export const count = (name: CounterName, product: string): void => {
  counters.get(name)?.inc({ product });
};

/** Lets every counter begin at 0: the first event would otherwise be no increase. */
export function beginCounting(products: readonly string[]): void {
  for (const counter of counters.values())
    for (const product of [...products, ALL_PRODUCTS]) counter.inc({ product }, 0);
}

export const METRICS_TYPE: string = registry.contentType;

/** In the text format of Prometheus. */
export const metricsText = (): Promise<string> => registry.metrics();

interface Address {
  readonly host: string;
  readonly port: number | undefined;
}

/** Answers `/metrics` at an address of its own, which is not that of the pages. Without a port it does nothing. */
export async function serveMetrics({ host, port }: Address): Promise<{ readonly port: number; close(): void }> {
  if (port === undefined) return { port: 0, close: () => undefined };
  const server = createServer(({ url }, response) => {
    if (url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    void metricsText().then((text) => response.writeHead(200, { 'content-type': METRICS_TYPE }).end(text));
  });
  return {
    port: await listening(server, port, host),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
