import { Type } from 'typebox';
import { Check, Clean } from 'typebox/value';
import type { App } from '../http/app-type.ts';
import type { AppDeps } from '../http/deps.ts';
import { ApiError, forbidden } from '../http/errors.ts';
import { takeMailEvent } from './mail-events.ts';
import { readSesEvent } from './ses-event.ts';
import { takeSignedBodies } from './signed-bodies.ts';
import { SnsMessage } from './sns-topic.ts';

/** SNS sends 256 KB at most, which JSON in JSON makes longer. */
const BODY_LIMIT = 524_288;

const schema = {
  operationId: 'receiveMailEvent',
  tags: ['webhooks'],
  summary: 'Receive an SES event',
  description:
    'Only for the SNS topic of SES_EVENTS_TOPIC_ARN: another topic is refused with 403, a wrong signature with 400. Received twice, it takes effect once.',
  body: SnsMessage,
  response: { 200: Type.Object({ received: Type.Boolean() }) },
};

const badSignature = (): ApiError =>
  new ApiError(400, {
    error: 'Invalid signature',
    message: 'The message is not from SNS, or its signature is not valid.',
    code: 'invalid_signature',
  });

/** Only what is known: the library that checks signatures reads other members too, of another source. */
function readMessage(body: unknown): SnsMessage {
  try {
    const message = Clean(SnsMessage, JSON.parse(String(body)));
    if (Check(SnsMessage, message)) return message;
  } catch {
    // No JSON; said below.
  }
  throw badSignature();
}

/**
 * The endpoint of SES's events, which come by SNS. Each is answered after its effect: a 5xx, for whatever is away, means
 * that SNS sends it again.
 */
export function sesWebhook(app: App, deps: AppDeps): void {
  app.register((scope, _options, done) => {
    // Also because SNS calls its JSON text/plain.
    takeSignedBodies(scope, BODY_LIMIT);
    scope.post(
      '/webhooks/ses',
      { config: { access: 'public' }, bodyLimit: BODY_LIMIT, schema },
      async ({ body }: { body: unknown }) => {
        const message = readMessage(body);
        const { mailEvents: topic } = deps;
        if (message.TopicArn !== topic?.arn) throw forbidden('Messages of this topic are not accepted.');
        if (!(await topic.verify(message))) throw badSignature();
        if (message.Type === 'SubscriptionConfirmation') await topic.confirm(message);
        const event = message.Type === 'Notification' ? readSesEvent(message.Message) : undefined;
        if (event) await takeMailEvent(deps, event);
        return { received: true };
      },
    );
    done();
  });
}
