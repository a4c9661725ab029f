import type { ServerResponse } from 'node:http';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fastifySSE } from '@fastify/sse';
import { viewStack, viewSteps } from '../../infra/db/repositories/console.ts';
import { findCustomer } from '../../infra/db/repositories/customers.ts';
import type { App } from '../app-type.ts';
import { replayOnboarding } from '../customer-commands.ts';
import type { AppDeps } from '../deps.ts';
import { notFound } from '../errors.ts';
import { orderOf } from '../order.ts';
import { customerOf } from '../plugins/access.ts';
import { limitCustomer } from '../routes/me.ts';
import { EmptyForm } from './form-schemas.ts';
import { csrfFor, seeOther, sendPage } from './scope.ts';
import { isSettled, onboardingPage, onboardingProgress, type OnboardingView } from './views/onboarding.ts';

const config = { access: 'customer', page: true } as const;
const schema = { hide: true };
/** Between two looks: quick while something happens, slow when only a person can change anything. */
const LOOK_MS = { busy: 400, settled: 3_000 } as const;

async function load({ database }: AppDeps, customerId: string, csrf: string): Promise<OnboardingView> {
  const [customer, steps, stack] = await Promise.all([
    findCustomer(database, customerId),
    viewSteps(database, customerId),
    viewStack(database, customerId),
  ]);
  if (!customer) throw notFound('customer');
  return { customer, steps, stack, csrf };
}

/** The progress, once at the start and then whenever it reads differently, until nobody listens. */
async function* changes(look: () => Promise<OnboardingView>, signal: AbortSignal) {
  let shown = '';
  while (!signal.aborted) {
    const view = await look();
    const markup = onboardingProgress(view).replace(/\s*\n\s*/g, ' ');
    if (markup !== shown) yield { data: markup };
    shown = markup;
    const pause = isSettled(view.customer) ? LOOK_MS.settled : LOOK_MS.busy;
    await sleep(pause, undefined, { signal }).catch(() => undefined);
  }
}

export async function onboardingPages(app: App, deps: AppDeps): Promise<void> {
  await app.register(fastifySSE, { serializer: String, heartbeatInterval: 15_000 });
  const closing = new AbortController();
  const open = new Set<Promise<void>>();
  const watch = (response: ServerResponse): void => {
    const ended: Promise<void> = finished(response)
      .catch(() => undefined)
      .finally(() => open.delete(ended));
    open.add(ended);
  };
  // Streams never end by themselves. The server closes idle connections once, when it starts to close: a stream that
  // ended only after that would keep it waiting for the keep-alive time.
  app.addHook('preClose', async () => {
    closing.abort();
    await Promise.all(open);
  });
  app.get('/onboarding', { config, schema }, async (request, reply) =>
    sendPage(reply, onboardingPage(await load(deps, customerOf(request), csrfFor(deps, request, reply)))),
  );
  app.get('/onboarding/events', { config, schema, sse: 'only' }, async (request, reply) => {
    const customerId = customerOf(request);
    const csrf = csrfFor(deps, request, reply);
    watch(reply.raw);
    const left = new AbortController();
    reply.sse.onClose(() => {
      left.abort();
    });
    const signal = AbortSignal.any([left.signal, closing.signal]);
    await reply.sse.send(changes(() => load(deps, customerId, csrf), signal));
  });
  app.post('/onboarding/retry', { config, schema: { ...schema, body: EmptyForm } }, async (request, reply) => {
    const customerId = customerOf(request);
    await limitCustomer(deps, customerId, 'retry');
    const replay = { from: 'failed', corrections: {}, reason: 'The customer asked for another try.' } as const;
    await replayOnboarding(deps, orderOf(request, customerId), replay);
    return seeOther(reply, '/onboarding');
  });
}
