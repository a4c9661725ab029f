import type { App } from '../http/app-type.ts';
import { operation } from '../http/operation.ts';
import type { AppDeps } from '../http/deps.ts';
import { showOutages, type OutageShown } from '../support/outages.ts';
import { OutagesReply } from '../schemas/outages.ts';
import { iso } from './customer-replies.ts';

const outageReply = ({ waiting, held, ...outage }: OutageShown) => ({
  waits_for: outage.waitsFor,
  error_type: outage.errorType,
  cause: outage.cause,
  suggested_fix: outage.suggestedFix,
  since: outage.since.toISOString(),
  ended_at: iso(outage.resolvedAt),
  customers_at_most: outage.customers,
  customers_now: waiting?.customers ?? 0,
  attempts: waiting?.attempts ?? 0,
  next_try_at: iso(waiting?.nextTryAt),
  held_up: held.map(({ customerId, since, attempts, nextTryAt }) => ({
    customer_id: customerId,
    since: since.toISOString(),
    attempts,
    next_try_at: nextTryAt.toISOString(),
  })),
});

/** The outages that Tenure waits out. */
export function adminOutageRoutes(app: App, deps: AppDeps): void {
  app.get(
    '/api/admin/outages',
    operation('listOutages', 'Services that are unavailable, the customers they hold up, and the next attempt', {
      access: 'support',
      tags: ['admin'],
      response: { 200: OutagesReply },
    }),
    async () => ({ outages: (await showOutages(deps)).map(outageReply) }),
  );
}
