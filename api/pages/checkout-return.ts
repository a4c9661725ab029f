import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type, type Static } from 'typebox';
import { findProspectOfCheckout } from '../../infra/db/repositories/prospects.ts';
import { checkoutWasCompleted } from '../../infra/db/repositories/stripe-events.ts';
import { isCustomerId } from '../../infra/input/ids.ts';
import { customerWorkflowId } from '../../workflows/contract/customer.ts';
import { prospectWorkflowId } from '../../workflows/contract/prospect.ts';
import { checkoutState } from '../accounts/checkout.ts';
import { signsInHere } from '../accounts/elsewhere.ts';
import type { App } from '../http/app-type.ts';
import type { AppDeps } from '../http/deps.ts';
import { lookAtStripe } from '../support/look-at-stripe.ts';
import { CheckoutParams } from '../schemas/checkout.ts';
import { csrfFor, seeOther, sendPage } from './scope.ts';
import { paidElsewherePage, upgradeDonePage } from './views/checkout-return.ts';
import { welcomePage } from './views/welcome.ts';

const schema = { hide: true };

/** Whatever somebody wrote into the address. */
const Returned = Type.Object({
  customer: Type.Optional(Type.String({ maxLength: 300 })),
  session_id: Type.Optional(Type.String({ maxLength: 300 })),
});
type Returned = Static<typeof Returned>;

/** The page of a front end elsewhere that people go on to, with what it has to know; undefined where there is none. */
function frontEnd({ config }: AppDeps, said: Readonly<Record<string, string>>): string | undefined {
  const { appUrl } = config.api;
  if (appUrl === undefined) return undefined;
  const page = new URL(appUrl);
  for (const [name, value] of Object.entries(said)) page.searchParams.set(name, value);
  return page.href;
}

/** Of a customer who pays, or gives a card. The customer is named in the address: nobody signs in here elsewhere. */
async function back(deps: AppDeps, request: FastifyRequest, reply: FastifyReply, { customer, session_id }: Returned) {
  const checkoutId = session_id ?? '';
  const isComplete = await checkoutWasCompleted(deps.database, checkoutId);
  if (!isComplete && checkoutId !== '' && isCustomerId(customer ?? ''))
    await lookAtStripe(deps, customerWorkflowId(customer ?? ''), checkoutId);
  const page = frontEnd(deps, { session_id: checkoutId });
  if (page !== undefined) return seeOther(reply, page);
  if (!signsInHere(deps.profile)) return sendPage(reply, paidElsewherePage(deps.profile.brand, isComplete));
  return sendPage(reply, upgradeDonePage(csrfFor(deps, request, reply), isComplete));
}

/** Of somebody who pays before they are a customer; the address is known only to them. */
async function welcome(deps: AppDeps, reply: FastifyReply, checkoutId: string) {
  const { status } = await checkoutState(deps, checkoutId);
  if (status === 'open') {
    const prospect = await findProspectOfCheckout(deps.database, { profile: deps.profile.name, checkoutId });
    if (prospect) await lookAtStripe(deps, prospectWorkflowId(prospect.customerId), checkoutId);
  }
  const page = frontEnd(deps, { session_id: checkoutId });
  return page === undefined ? sendPage(reply, welcomePage(status)) : seeOther(reply, page);
}

/**
 * Where Stripe's Checkout leads people back to. Stripe is read at once, whether or not its event comes; they go on to
 * the product's front end where it is elsewhere.
 */
export function checkoutReturnPages(app: App, deps: AppDeps): void {
  const open = { access: 'public', page: true } as const;
  const config = signsInHere(deps.profile) ? ({ access: 'person', page: true } as const) : open;
  const cancelled = (path: string) => frontEnd(deps, { checkout: 'cancelled' }) ?? path;
  app.get('/upgrade/done', { config, schema: { ...schema, querystring: Returned } }, (request, reply) =>
    back(deps, request, reply, request.query),
  );
  app.get('/upgrade/cancelled', { config, schema }, (_, reply) => seeOther(reply, cancelled('/account')));
  app.get('/welcome', { config: open, schema: { ...schema, querystring: CheckoutParams } }, (request, reply) =>
    welcome(deps, reply, request.query.session_id),
  );
  app.get('/welcome/cancelled', { config: open, schema }, (_, reply) => seeOther(reply, cancelled('/')));
}
