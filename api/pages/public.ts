import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type, type Static } from 'typebox';
import { currenciesOf, type Profile } from '../../workflows/domain/profiles/index.ts';
import { signsInHere } from '../accounts/elsewhere.ts';
import { openCheckout } from '../accounts/checkout.ts';
import { closeSessions, openSession } from '../accounts/sessions.ts';
import { askerOf } from '../accounts/devices.ts';
import { signIn } from '../accounts/sign-in.ts';
import { signUp } from '../accounts/sign-up.ts';
import { acceptSignup, type AcceptedSignup } from '../accounts/signup-rules.ts';
import { firstSignup } from '../accounts/signup-again.ts';
import type { App } from '../http/app-type.ts';
import type { AppDeps } from '../http/deps.ts';
import { ApiError, type ErrorBody } from '../http/errors.ts';
import { schemaProblems } from '../http/plugins/problems.ts';
import { CheckoutBody } from '../schemas/checkout.ts';
import { Closed } from '../schemas/common.ts';
import { LoginBody, SignupBody } from '../schemas/signup.ts';
import { Csrf } from './form-schemas.ts';
import { afterSignIn, INTO_INSTANCE, Next, NextQuery } from './next.ts';
import { csrfFor, formOf, seeOther, sendPage } from './scope.ts';
import { privacyPage, termsPage } from './views/legal.ts';
import { elsewherePage, goOnPage, loginPage } from './views/login.ts';
import { readChoice } from './views/plan-choice.ts';
import { signupPage } from './views/signup.ts';

const config = { access: 'public', page: true } as const;
const schema = { hide: true };
/** For the session of an account that was just created. */
const FIRST_VERSION = 1;

const SignupForm = Closed({ ...SignupBody.properties, ...Csrf });
const CheckoutForm = Closed({ ...CheckoutBody.properties, ...Csrf });
const LoginForm = Closed({ ...LoginBody.properties, ...Csrf, ...Next });

/** An error that a person can correct is shown on the page with the form; any other goes to the error handler. */
function errorBodyOf(error: unknown): ErrorBody {
  if (error instanceof ApiError && error.statusCode < 500) return error.body;
  throw error;
}

const withoutToken = <F extends object>(form: F): Omit<F, '_csrf'> =>
  Object.fromEntries(Object.entries(form).filter(([name]) => name !== '_csrf')) as Omit<F, '_csrf'>;

/** A form that is sent twice leads to the same place as the first time. */
async function signedUp(deps: AppDeps, request: FastifyRequest, signup: AcceptedSignup) {
  const form = formOf(deps, request);
  try {
    const { customer } = await signUp(deps, signup, { ip: request.ip, form });
    return { customerId: customer.customer_id, sessionVersion: FIRST_VERSION };
  } catch (error) {
    const { customerId, sessionVersion } = await firstSignup(deps, signup, error, {
      ...{ asker: askerOf(deps, request), form },
    });
    return { customerId, sessionVersion };
  }
}

/** Stripe's page. A form that is sent twice opens one Checkout; when that is over, the next one. */
async function checkoutFor(deps: AppDeps, request: FastifyRequest, signup: AcceptedSignup): Promise<string> {
  const { ip } = request;
  const opened = await openCheckout(deps, signup, { ip, key: formOf(deps, request) }).catch((error: unknown) => {
    if (!(error instanceof ApiError) || error.body.code !== 'command_refused') throw error;
    return openCheckout(deps, signup, { ip });
  });
  return opened.checkoutUrl;
}

/** The page has one field for the plan and how it is paid; the API has two. */
function splitChoice(request: FastifyRequest, _reply: FastifyReply, done: () => void): void {
  const { plan, ...typed } = Object(request.body) as { readonly plan?: unknown };
  if (typeof plan === 'string') request.body = { ...typed, ...readChoice(plan) };
  done();
}

/** Whatever somebody wrote into the address. */
const PriceQuery = Type.Object({
  currency: Type.Optional(Type.String({ maxLength: 20 })),
  coupon: Type.Optional(Type.String({ maxLength: 40 })),
});
type PriceQuery = Static<typeof PriceQuery>;

const currencyOf = (profile: Profile, wanted: unknown): string =>
  currenciesOf(profile).find((currency) => currency === wanted) ?? profile.currency;

function signupForm(app: App, deps: AppDeps): void {
  const page = (
    request: FastifyRequest,
    reply: FastifyReply,
    problem?: { typed: Partial<SignupBody>; error: ErrorBody },
  ) => {
    const { profile, config: settings } = deps;
    const asked = request.query as PriceQuery;
    const currency = currencyOf(profile, problem?.typed.currency ?? asked.currency);
    const coupon = problem?.typed.coupon ?? asked.coupon;
    const trialDays = settings.terms.trialDays ?? profile.trialDays;
    const csrf = csrfFor(deps, request, reply);
    return sendPage(
      reply,
      signupPage({
        ...{ profile, trialDays, open: settings.signup.enabled, currency, coupon, csrf },
        promise: deps.product?.words?.signup?.promise,
        ...problem,
      }),
    );
  };
  for (const path of ['/', '/signup'])
    app.get(path, { config, schema: { ...schema, querystring: PriceQuery } }, (request, reply) => page(request, reply));
  app.post(
    '/signup',
    {
      ...{ config: { ...config, signup: true }, attachValidation: true, preValidation: splitChoice },
      schema: { ...schema, body: deps.profile.paysFirst ? CheckoutForm : SignupForm },
    },
    async (request, reply) => {
      const typed = withoutToken(request.body as Partial<Static<typeof SignupForm>>);
      try {
        const by = deps.profile.paysFirst ? 'payer' : 'customer';
        const signup = acceptSignup(typed, schemaProblems(request.validationError), deps.profile, by);
        if (by === 'payer') return await seeOther(reply, await checkoutFor(deps, request, signup));
        await openSession(deps, request, reply, await signedUp(deps, request, signup));
        return await seeOther(reply, '/onboarding');
      } catch (error) {
        const body = errorBodyOf(error);
        return page(request, reply.code((error as ApiError).statusCode), { typed, error: body });
      }
    },
  );
}

function signInForm(app: App, deps: AppDeps): void {
  app.get('/login', { config, schema: { ...schema, querystring: NextQuery } }, async (request, reply) => {
    const { next } = request.query;
    if (signsInHere(deps.profile)) return sendPage(reply, loginPage({ csrf: csrfFor(deps, request, reply), next }));
    return sendPage(reply, elsewherePage(deps.profile.brand));
  });
  app.post('/login', { config, schema: { ...schema, body: LoginForm } }, async (request, reply) => {
    const { email, password, next } = request.body;
    try {
      const { customerId, sessionVersion } = await signIn(deps, { email, password }, askerOf(deps, request));
      await openSession(deps, request, reply, { customerId, sessionVersion });
      if (next === INTO_INSTANCE) return await sendPage(reply, goOnPage(next));
      return await seeOther(reply, afterSignIn(next, '/account'));
    } catch (error) {
      const body = errorBodyOf(error);
      void reply.code((error as ApiError).statusCode);
      return sendPage(reply, loginPage({ csrf: csrfFor(deps, request, reply), email, next, error: body }));
    }
  });
  app.post('/logout', { config, schema: { ...schema, body: Closed(Csrf) } }, async (request, reply) => {
    await closeSessions(deps, request, reply, 'customer');
    return seeOther(reply, '/');
  });
}

export function publicPages(app: App, deps: AppDeps): void {
  signupForm(app, deps);
  signInForm(app, deps);
  app.get('/terms', { config, schema }, (_request, reply) =>
    sendPage(reply, termsPage(deps.profile, deps.product?.words ?? {})),
  );
  app.get('/privacy', { config, schema }, (_request, reply) =>
    sendPage(reply, privacyPage(deps.profile, deps.product?.words ?? {})),
  );
}
