import type { Server } from 'node:http';
import fastify, { type FastifyInstance } from 'fastify';
import { Stripe } from 'stripe';
import { answerTo, registerApi } from './api.ts';
import { refusalOf } from './authentication.ts';
import { BillingEngine } from './billing-engine/engine.ts';
import { registerCheckout } from './checkout/routes.ts';
import type { Settings } from './context.ts';
import { registerControl } from './control.ts';
import { Delivery } from './delivery.ts';
import type { Emulator } from './emulator.ts';
import { configureEndpoints, type ConfiguredWebhook } from './endpoints.ts';
import { invalidRequest, StripeError } from './errors.ts';
import { Faults } from './faults.ts';
import { IdempotencyKeys } from './idempotency.ts';
import { newId } from './ids.ts';
import { RequestLog } from './request-log.ts';
import { Store } from './store.ts';
import { createValidation } from './validation.ts';

export interface StripeEmulatorOptions {
  /** 0 takes a free one. */
  port: number;
  host?: string;
  /** SQLite file that holds everything; made when it is not there. */
  dataFile: string;
  secretKey: string;
  webhooks: ConfiguredWebhook[];
  /** Stripe's OpenAPI document; without it nothing is validated. */
  openapiFile?: string;
  /** What becomes of a subscription after the last retry of an invoice; Stripe's own default is to cancel it. */
  afterLastRetry?: Settings['afterLastRetry'];
  /** `false` charges a renewal at once; Stripe leaves its invoice in draft for an hour. */
  draftHour?: boolean;
  logger?: boolean;
  /** Stands before the server, which answers whoever reaches it; told its names beside those of this machine. */
  guard?: (server: Server, hosts: readonly string[]) => void;
}

const LOCAL = '127.0.0.1';

function registerErrors(app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] ?? request.url;
    const { status, body } = answerTo(
      invalidRequest(
        `Unrecognized request URL (${request.method}: ${path}). The local emulator does not implement it, or it is misspelt: see https://docs.stripe.com/api.`,
        {},
        404,
      ),
    );
    return reply.header('Request-Id', newId('request')).code(status).type('application/json').send(body);
  });
  app.setErrorHandler((error, request, reply) => {
    const refusal = error instanceof StripeError ? error : undefined;
    if (!refusal) request.log.error({ err: error, path: request.url.split('?')[0] }, 'The Stripe emulator failed');
    const shown =
      refusal ?? new StripeError(500, { type: 'api_error', message: 'The local Stripe emulator failed; see its log.' });
    const { status, body } = answerTo(shown);
    return reply.code(status).type('application/json').send(body);
  });
}

function buildApp(emulator: Emulator, { logger = false, host, guard }: StripeEmulatorOptions): FastifyInstance {
  const app = fastify({
    logger: logger ? true : { level: 'error' },
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 300 },
  });
  const { secretKey, settings } = emulator;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
    done(null, body);
  });
  registerErrors(app);
  app.register((api, _options, done) => {
    api.addHook('onRequest', (request, reply, next) => {
      reply.header('Stripe-Version', settings.apiVersion);
      next(refusalOf(request, secretKey, settings.apiVersion));
    });
    registerApi(api, emulator);
    done();
  });
  registerCheckout(app, emulator);
  registerControl(app, emulator);
  guard?.(app.server, host === undefined ? [] : [host]);
  return app;
}

/**
 * Starts a local stand-in for Stripe's API. State is kept in `dataFile` and survives restarts, with everything that
 * falls due meanwhile and every event not yet delivered.
 */
export async function startStripeEmulator(
  options: StripeEmulatorOptions,
): Promise<{ url: string; close: () => Promise<void> }> {
  const store = new Store(options.dataFile);
  const validation = await createValidation(options.openapiFile);
  let url = '';
  const settings: Settings = {
    apiVersion: Stripe.API_VERSION,
    publicUrl: () => url,
    afterLastRetry: options.afterLastRetry ?? 'canceled',
    draftHour: options.draftHour ?? true,
    onEvent: (event) => {
      validation.event(event);
    },
    onAdvance: (clock) => {
      engine.advance(clock);
    },
  };
  configureEndpoints(store, options.webhooks, settings.apiVersion);
  const engine = new BillingEngine(store, settings, (error) => {
    app.log.error({ err: error }, 'The billing engine failed');
  });
  const delivery = new Delivery(store);
  const parts = { keys: new IdempotencyKeys(store), faults: new Faults(store), log: new RequestLog() };
  const emulator: Emulator = { store, settings, validation, delivery, engine, secretKey: options.secretKey, ...parts };
  const app = buildApp(emulator, options);
  url = await app.listen({ port: options.port, host: options.host ?? LOCAL });
  return {
    url,
    close: async () => {
      engine.close();
      delivery.close();
      await app.close();
      store.close();
    },
  };
}
