import { storeEvent, type InboxEvent } from '../../infra/db/repositories/stripe-events.ts';
import { deliverEvent } from '../../infra/inbox/deliver-event.ts';
import { count } from '../../infra/metrics.ts';
import type { App } from '../http/app-type.ts';
import type { AppDeps } from '../http/deps.ts';
import { ApiError } from '../http/errors.ts';
import { WEBHOOK_PATHS } from './events.ts';
import { inboxEvent } from './inbox-event.ts';
import { readSignedEvent, SignedEvent } from './signature.ts';
import { takeSignedBodies } from './signed-bodies.ts';
import { Type } from 'typebox';

/** Our own first try; the sweeper comes after it. */
const LEASE_SECONDS = 10;
/** Stripe's events are larger than what people send. */
const BODY_LIMIT = 1_048_576;

const schema = {
  tags: ['webhooks'],
  summary: 'Receive a Stripe event',
  description:
    'Only for Stripe: an event without a valid signature is refused with 400. Received twice, it takes effect once.',
  headers: Type.Object({
    'Stripe-Signature': Type.String({
      description: "Stripe's signature over the body, with the endpoint's secret; at most five minutes old.",
      examples: ['t=1798099200,v1=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd'],
    }),
  }),
  body: SignedEvent,
  response: { 200: Type.Object({ received: Type.Boolean() }) },
};

const badSignature = (): ApiError =>
  new ApiError(400, {
    error: 'Invalid signature',
    message:
      'The Stripe-Signature header is missing, wrong or too old, or this is not an event. Check the endpoint secret.',
    code: 'invalid_signature',
  });

/**
 * Stripe's endpoint: signature, one row, 200, and only then the hint to the workflow. A 5xx means
 * that the row could not be written, so that Stripe sends it again.
 */
export function stripeWebhook(app: App, deps: AppDeps): void {
  const logger = deps.logger.child({ stream: 'webhook' });
  const underway = new Set<Promise<void>>();
  const deliver = (event: InboxEvent): void => {
    const delivery = deliverEvent(deps, { ...event, receivedAt: new Date() })
      .catch((error: unknown) => {
        count('EventDeliveryFailures', deps.profile.name);
        logger.warn({ err: error, eventId: event.eventId }, 'a Stripe event is handed on later');
      })
      .finally(() => underway.delete(delivery));
    underway.add(delivery);
  };

  app.register((scope, _options, done) => {
    takeSignedBodies(scope, BODY_LIMIT);
    scope.addHook('onClose', async () => {
      await Promise.all(underway);
    });
    for (const [operationId, path] of Object.entries(WEBHOOK_PATHS))
      scope.post(
        path,
        { config: { access: 'public' }, bodyLimit: BODY_LIMIT, schema: { ...schema, operationId } },
        async (request, reply) => {
          const signed = readSignedEvent({
            body: request.body,
            signature: request.headers['stripe-signature'],
            secret: deps.config.stripe.webhookSecret,
          });
          if (!signed) throw badSignature();
          const event = inboxEvent(signed, deps.config.stripe.live);
          const isNew = await storeEvent(deps.database, event, LEASE_SECONDS);
          await reply.send({ received: true });
          if (isNew && event.state === 'received') deliver(event);
          return reply;
        },
      );
    done();
  });
}
