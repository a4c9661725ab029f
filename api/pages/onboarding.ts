import { viewStack, viewSteps } from '../../infra/db/repositories/console.ts';
import { findCustomer } from '../../infra/db/repositories/customers.ts';
import { waitingOf } from '../../infra/db/repositories/waiting-work.ts';
import type { App } from '../http/app-type.ts';
import { isClosing } from '../support/closing.ts';
import { replayOnboarding } from '../support/customer-commands.ts';
import type { AppDeps } from '../http/deps.ts';
import { notFound } from '../http/errors.ts';
import { commandRequestOf } from '../support/command-request.ts';
import { customerOf } from '../http/plugins/access.ts';
import { limitCustomer } from '../accounts/customer-limits.ts';
import { EmptyForm } from './form-schemas.ts';
import { STREAM, type Stream } from './live.ts';
import { csrfFor, seeOther, sendPage } from './scope.ts';
import { isSettled, onboardingPage, onboardingProgress, type OnboardingView } from './views/onboarding.ts';

const config = { access: 'person', page: true } as const;
const schema = { hide: true };
/** The time between two polls: short while something happens, long when only a person can change anything. */
const LOOK_MS = { busy: 400, settled: 3_000 } as const;

async function load(deps: AppDeps, customerId: string, csrf: string): Promise<OnboardingView> {
  const { database } = deps;
  const [customer, steps, stack, waiting] = await Promise.all([
    findCustomer(database, customerId),
    viewSteps(database, customerId),
    viewStack(database, customerId),
    waitingOf(database, customerId),
  ]);
  if (!customer) throw notFound('customer');
  return { customer, steps, stack, waiting, closing: await isClosing(deps, customer), csrf };
}

export function onboardingPages(app: App, deps: AppDeps, stream: Stream): void {
  app.get('/onboarding', { config, schema }, async (request, reply) =>
    sendPage(reply, onboardingPage(await load(deps, customerOf(request), csrfFor(deps, request, reply)))),
  );
  app.get('/onboarding/events', { config, schema, ...STREAM }, async (request, reply) => {
    const customerId = customerOf(request);
    const csrf = csrfFor(deps, request, reply);
    await stream(request, reply, async () => {
      const view = await load(deps, customerId, csrf);
      const pauseMs = isSettled(view.customer) ? LOOK_MS.settled : LOOK_MS.busy;
      return { markup: onboardingProgress(view), pauseMs };
    });
  });
  app.post('/onboarding/retry', { config, schema: { ...schema, body: EmptyForm } }, async (request, reply) => {
    const customerId = customerOf(request);
    await limitCustomer(deps, customerId, 'retry');
    const replay = { from: 'failed', corrections: {}, reason: 'The customer asked for another try.' } as const;
    await replayOnboarding(deps, commandRequestOf(request, customerId), replay);
    return seeOther(reply, '/onboarding');
  });
}
