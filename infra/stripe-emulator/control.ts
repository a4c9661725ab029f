import type { FastifyInstance } from 'fastify';
import { Type, type Static, type TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { closeDispute, openDispute } from './billing-engine/disputes.ts';
import { cardByNumber } from './cards.ts';
import { completeSession, successUrl } from './checkout/complete.ts';
import { Context } from './context.ts';
import type { Emulator } from './emulator.ts';
import { invalidRequest, noSuch, StripeError } from './errors.ts';
import { findEvent } from './events.ts';
import { FAULT_MODES } from './faults.ts';
import { saveDefault } from './portal/configurations.ts';
import { newId } from './ids.ts';

const faultBody = Type.Object(
  {
    match: Type.String({ pattern: '^(GET|POST|DELETE|\\*) /' }),
    mode: Type.Enum([...FAULT_MODES]),
    about: Type.Optional(Type.String({ minLength: 1 })),
    times: Type.Optional(Type.Integer({ minimum: 1 })),
    forMs: Type.Optional(Type.Integer({ minimum: 1 })),
    status: Type.Optional(Type.Integer({ minimum: 400, maximum: 599 })),
    delayMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 120_000 })),
  },
  { additionalProperties: false },
);

const completeBody = Type.Object(
  {
    card: Type.String(),
    authenticated: Type.Optional(Type.Boolean()),
    email: Type.Optional(Type.String()),
    name: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
);

/**
 * What an account sets in the dashboard: https://docs.stripe.com/billing/revenue-recovery/smart-retries. And the hour
 * that it cannot switch off at Stripe: https://docs.stripe.com/billing/invoices/subscription
 */
const settingsBody = Type.Object(
  {
    after_last_retry: Type.Optional(Type.Enum(['canceled', 'unpaid', 'past_due'])),
    draft_hour: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false, minProperties: 1 },
);

function checked<T extends TSchema>(schema: T, body: unknown): Static<T> {
  if (Value.Check(schema, body)) return body;
  const problems = Value.Errors(schema, body).map(
    ({ instancePath, message }) => `${instancePath || 'body'} ${message}`,
  );
  throw invalidRequest(`This control request is not understood: ${problems.join('; ')}.`);
}

const disputeBody = Type.Object(
  { charge: Type.String(), reason: Type.Optional(Type.Enum(['fraudulent', 'product_not_received'])) },
  { additionalProperties: false },
);
const verdictBody = Type.Object({ status: Type.Enum(['won', 'lost']) }, { additionalProperties: false });

/** What a cardholder and the bank do, and who saves settings in the dashboard. */
function registerOthers(app: FastifyInstance, { store, settings }: Emulator): void {
  const inContext = <T>(act: (context: Context) => T): T => {
    const context = new Context(store, settings, { id: newId('request'), idempotencyKey: null });
    return store.transaction(() => act(context));
  };
  app.post('/_control/disputes', ({ body }) => {
    const { charge, reason = 'fraudulent' } = checked(disputeBody, body);
    return inContext((context) => openDispute(context, context.need('charge', charge, 'charge'), reason));
  });
  app.post('/_control/portal', () => inContext(saveDefault));
  app.post<{ Params: { id: string } }>('/_control/disputes/:id/close', ({ params: { id }, body }) => {
    const { status } = checked(verdictBody, body);
    return inContext((context) => closeDispute(context, context.need('dispute', id), status));
  });
}

function registerFaults(app: FastifyInstance, { faults }: Emulator): void {
  app.post('/_control/faults', (request, reply) => {
    faults.add(checked(faultBody, request.body));
    return reply.code(201).send({ faults: faults.list() });
  });
  app.get('/_control/faults', () => ({ faults: faults.list() }));
  app.delete('/_control/faults', () => {
    faults.clear();
    return { faults: [] };
  });
}

/** What Stripe has no API for: faults, what was asked, what was validated, and doing by script what a person does. */
export function registerControl(app: FastifyInstance, emulator: Emulator): void {
  const { store, settings, validation, delivery, log } = emulator;
  app.register((control, _options, done) => {
    control.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, parsed) => {
      try {
        parsed(null, JSON.parse(String(body)));
      } catch {
        parsed(invalidRequest('The body is not JSON.'));
      }
    });
    registerFaults(control, emulator);
    registerOthers(control, emulator);
    control.post('/_control/settings', ({ body }) => {
      const { after_last_retry = settings.afterLastRetry, draft_hour = settings.draftHour } = checked(
        settingsBody,
        body,
      );
      Object.assign(settings, { afterLastRetry: after_last_retry, draftHour: draft_hour });
      return { after_last_retry, draft_hour };
    });
    control.get('/_control/requests', () => ({ requests: log.all() }));
    control.get('/_control/validation', () => validation.report());
    control.post<{ Params: { id: string } }>('/_control/events/:id/resend', ({ params: { id } }) => {
      if (!findEvent(store, id)) throw noSuch('event', id, 'id');
      delivery.resend(id);
      return findEvent(store, id);
    });
    control.post<{ Params: { id: string } }>('/_control/checkout/:id/complete', ({ params: { id }, body }) => {
      const { card: number, authenticated = true, ...person } = checked(completeBody, body);
      const card = cardByNumber(number);
      if (!card) throw invalidRequest('This is not one of the test cards of the local emulator.', { param: 'card' });
      const context = new Context(store, settings, { id: newId('request'), idempotencyKey: null });
      const keep = (error: unknown): boolean => error instanceof StripeError && error.keepsEffects;
      const session = store.transaction(() => completeSession(context, id, { card, authenticated, ...person }), keep);
      return { session, redirect: successUrl(session) };
    });
    done();
  });
}
