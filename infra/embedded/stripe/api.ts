import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { setTimeout as delay } from 'node:timers/promises';
import { Context } from './context.ts';
import type { Emulator } from './emulator.ts';
import { invalidRequest, StripeError } from './errors.ts';
import { expand } from './expand.ts';
import type { Fault } from './faults.ts';
import { parseForm, type FormMap } from './form.ts';
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

const DEFAULT_DELAY_MS = 2_000;

const textOf = (request: FastifyRequest): string => (typeof request.body === 'string' ? request.body : '');
const queryOf = (request: FastifyRequest): string => request.url.split('?')[1] ?? '';

function formOf(request: FastifyRequest): FormMap {
  return parseForm([queryOf(request), textOf(request)].filter((text) => text !== '').join('&'));
}

export const answerTo = (error: StripeError): Answer => ({
  status: error.status,
  body: JSON.stringify({ error: error.body }, null, 2),
});

const injected = ({ status }: Fault): StripeError =>
  new StripeError(status ?? 500, {
    type: 'api_error',
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

/** From the parameters on; what is refused before `execute` is not saved under the key, as at Stripe. */
async function run(emulator: Emulator, call: Call, reply: FastifyReply): Promise<Answer | undefined> {
  const { method, path } = call.route;
  const fault = emulator.faults.take(method, call.path);
  await before(fault);
  const pathId = Object.values(call.request.params as Record<string, string>)[0] ?? '';
  const prepared = call.route.prepare(formOf(call.request), pathId);
  emulator.validation.request(method, path, prepared.params);
  const answer = fault?.mode === 'error' ? fail(emulator, call, fault) : execute(emulator, call, prepared);
  if (fault?.mode !== 'drop-reply') return answer;
  emulator.validation.reply(method, path, answer.status, answer.body);
  reply.hijack();
  call.request.raw.socket.destroy();
  return undefined;
}

async function underKey(emulator: Emulator, call: Call, reply: FastifyReply): Promise<Answer | undefined> {
  const { keys } = emulator;
  const { key, fingerprint } = call;
  if (key === null) return run(emulator, call, reply);
  const saved = keys.find(key, fingerprint);
  if (saved) {
    reply.header('Idempotent-Replayed', 'true');
    return saved;
  }
  keys.begin(key);
  try {
    return await run(emulator, call, reply);
  } finally {
    keys.end(key);
  }
}

async function answer(
  emulator: Emulator,
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const id = newId('request');
  const path = request.url.split('?')[0] ?? request.url;
  const key = keyOf(request);
  const fingerprint = fingerprintOf(request.method, path, textOf(request));
  reply.header('Request-Id', id);
  if (key !== null) reply.header('Idempotency-Key', key);
  const call: Call = { route, request, id, path, key, fingerprint };
  const outcome = await underKey(emulator, call, reply).catch((error: unknown) => {
    if (error instanceof StripeError) return answerTo(error);
    throw error;
  });
  const replayed = reply.getHeader('Idempotent-Replayed') === 'true';
  emulator.log.add({ id, method: request.method, path, key, status: outcome?.status ?? null, replayed });
  if (!outcome) return reply;
  emulator.validation.reply(route.method, route.path, outcome.status, outcome.body);
  return reply.code(outcome.status).type('application/json; charset=utf-8').send(outcome.body);
}

/** The API itself: every route of the table, behind the secret key. */
export function registerApi(app: FastifyInstance, emulator: Emulator): void {
  for (const route of routes) {
    app.route({
      method: route.method,
      url: route.path.replaceAll(/\{(\w+)\}/g, ':$1'),
      handler: (request, reply) => answer(emulator, route, request, reply),
    });
  }
}
