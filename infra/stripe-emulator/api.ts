import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { setTimeout as delay } from 'node:timers/promises';
import { Context } from './context.ts';
import type { Emulator } from './emulator.ts';
import { invalidRequest, StripeError } from './errors.ts';
import { expand } from './expand.ts';
import type { Fault } from './faults.ts';
import { parseForm } from './form.ts';
import { fingerprintOf, type Answer } from './idempotency.ts';
import { newId } from './ids.ts';
import { routes } from './resources/index.ts';
import type { Prepared, Route } from './routes.ts';

interface Call {
  route: Route;
  request: FastifyRequest;
  id: string;
  path: string;
  key: string | null;
  fingerprint: string;
}

interface Outcome {
  answer: Answer;
  replayed: boolean;
  /** The client gets no reply at all. */
  dropped: boolean;
}

const DEFAULT_DELAY_MS = 2_000;

const textOf = (request: FastifyRequest): string => (typeof request.body === 'string' ? request.body : '');
const queryOf = (request: FastifyRequest): string => request.url.split('?')[1] ?? '';

const sentBy = (request: FastifyRequest): string =>
  [queryOf(request), textOf(request)].filter((text) => text !== '').join('&');

export const answerTo = (error: StripeError): Answer => ({
  status: error.status,
  body: JSON.stringify({ error: error.body }, null, 2),
});

const injected = ({ status = 500 }: Fault): StripeError =>
  new StripeError(status, {
    type: status < 500 ? 'invalid_request_error' : 'api_error',
    message: 'An unknown error occurred (injected by a fault of the local emulator).',
  });

const rateLimited = (): StripeError =>
  invalidRequest(
    'Request rate limit exceeded. Learn more about rate limits at https://docs.stripe.com/rate-limits.',
    { code: 'rate_limit' },
    429,
  );

const keyOf = (request: FastifyRequest): string | null => {
  const header = request.headers['idempotency-key'];
  return request.method === 'POST' && typeof header === 'string' ? header : null;
};

function expandPaths(params: unknown): string[] {
  return (params as { expand?: string[] }).expand ?? [];
}

/** Executes one request whole or not at all, and saves its answer under its key in the same transaction. */
function execute(emulator: Emulator, call: Call, prepared: Prepared): Answer {
  const { store, keys, settings } = emulator;
  const save = (answer: Answer): Answer => {
    if (call.key !== null) keys.save(call.key, call.fingerprint, answer);
    return answer;
  };
  const context = new Context(store, settings, { id: call.id, idempotencyKey: call.key });
  const kept = (error: unknown): error is StripeError => error instanceof StripeError && error.keepsEffects;
  const work = (): Answer => {
    try {
      const result = expand(context, prepared.execute(context), expandPaths(prepared.params));
      return save({ status: 200, body: JSON.stringify(result, null, 2) });
    } catch (error) {
      if (kept(error)) save(answerTo(error));
      throw error;
    }
  };
  try {
    return store.transaction(work, kept);
  } catch (error) {
    if (!(error instanceof StripeError)) throw error;
    return kept(error) ? answerTo(error) : save(answerTo(error));
  }
}

async function before(fault: Fault | undefined): Promise<void> {
  if (fault?.mode === 'rate-limit') throw rateLimited();
  if (fault?.mode === 'slow') await delay(fault.delayMs ?? DEFAULT_DELAY_MS);
}

/** A 500 without effect; Stripe saves that answer too, so the key is burnt. */
function fail({ keys }: Emulator, { key, fingerprint }: Call, fault: Fault): Answer {
  const answer = answerTo(injected(fault));
  if (key !== null) keys.save(key, fingerprint, answer);
  return answer;
}

function compute(emulator: Emulator, call: Call, fault: Fault | undefined): Answer {
  const pathId = Object.values(call.request.params as Record<string, string>)[0] ?? '';
  const prepared = call.route.prepare(parseForm(sentBy(call.request)), pathId);
  emulator.validation.request(call.route.method, call.route.path, prepared.params);
  return fault?.mode === 'error' ? fail(emulator, call, fault) : execute(emulator, call, prepared);
}

/** One answer, saved or new. What is refused before `execute` is not saved under the key, as at Stripe. */
async function underFaults(emulator: Emulator, call: Call, saved: Answer | undefined): Promise<Outcome> {
  const asked = { method: call.route.method, path: call.path, key: call.key, text: sentBy(call.request) };
  const fault = emulator.faults.take(asked, saved !== undefined);
  await before(fault);
  const given = saved ?? compute(emulator, call, fault);
  return { answer: given, replayed: saved !== undefined, dropped: fault?.mode === 'drop-reply' };
}

async function underKey(emulator: Emulator, call: Call): Promise<Outcome> {
  const { keys } = emulator;
  const { key, fingerprint } = call;
  if (key === null) return underFaults(emulator, call, undefined);
  keys.begin(key);
  try {
    return await underFaults(emulator, call, keys.find(key, fingerprint));
  } finally {
    keys.end(key);
  }
}

async function outcomeOf(emulator: Emulator, call: Call): Promise<Outcome> {
  try {
    return await underKey(emulator, call);
  } catch (error) {
    if (error instanceof StripeError) return { answer: answerTo(error), replayed: false, dropped: false };
    throw error;
  }
}

async function respond(
  emulator: Emulator,
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const id = newId('request');
  const path = request.url.split('?')[0] ?? request.url;
  const key = keyOf(request);
  const fingerprint = fingerprintOf(request.method, path, textOf(request));
  const { answer, replayed, dropped } = await outcomeOf(emulator, { route, request, id, path, key, fingerprint });
  emulator.log.add({ id, method: request.method, path, key, status: dropped ? null : answer.status, replayed });
  emulator.validation.reply(route.method, route.path, answer.status, answer.body);
  if (dropped) {
    reply.hijack();
    request.raw.socket.destroy();
    return reply;
  }
  reply.headers({ 'Request-Id': id, ...(key === null ? {} : { 'Idempotency-Key': key }) });
  if (replayed) reply.header('Idempotent-Replayed', 'true');
  return reply.code(answer.status).type('application/json; charset=utf-8').send(answer.body);
}

/** The API itself: every route of the table. */
export function registerApi(app: FastifyInstance, emulator: Emulator): void {
  for (const route of routes) {
    app.route({
      method: route.method,
      url: route.path.replaceAll(/\{(\w+)\}/g, ':$1'),
      handler: (request, reply) => respond(emulator, route, request, reply),
    });
  }
}
