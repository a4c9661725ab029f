import type { FastifyReply, FastifyRequest } from 'fastify';
import { findAccount, hasPassword } from '../../infra/db/repositories/accounts.ts';
import { listApiKeys } from '../../infra/db/repositories/api-keys.ts';
import { viewEntitlements, viewInvoices } from '../../infra/db/repositories/console.ts';
import { findCustomer } from '../../infra/db/repositories/customers.ts';
import { confirmOwner } from '../accounts/confirm.ts';
import { askerOf } from '../accounts/devices.ts';
import { auditSignIn } from '../accounts/sign-in-audit.ts';
import { closeSessions, entryOf } from '../accounts/sessions.ts';
import type { App } from '../http/app-type.ts';
import { cancelCustomer, undoCancellation } from '../support/customer-commands.ts';
import { upgrade } from '../support/upgrade.ts';
import { isClosing } from '../support/closing.ts';
import { askStatus } from '../support/customer-status.ts';
import type { AppDeps } from '../http/deps.ts';
import { eraseAccount } from '../support/erasures.ts';
import { ApiError, notFound } from '../http/errors.ts';
import { commandRequestOf } from '../support/command-request.ts';
import { customerOf } from '../http/plugins/access.ts';
import { limitCustomer } from '../accounts/customer-limits.ts';
import { CancelBody, UpgradeBody } from '../schemas/commands.ts';
import { Type } from 'typebox';
import { UnderWay } from '../support/under-way.ts';
import { accountAccessForms } from './account-access.ts';
import { accountPlanForms } from './account-plan.ts';
import { asApiBody } from './as-api-body.ts';
import { CancelForm, DeleteForm, EmptyForm, UpgradeForm } from './form-schemas.ts';
import { csrfFor, seeOther, sendPage } from './scope.ts';
import { refuseIfMovedOn } from './moved-on.ts';
import type { AccountView } from './views/account-overview.ts';
import { findProfile } from '../../workflows/domain/profiles/index.ts';
import { readChoice } from './views/plan-choice.ts';
import { accountPage, deletedPage } from './views/account.ts';

const config = { access: 'person', page: true } as const;
const schema = { hide: true };

/** The notices after a form was carried out; the address only names one, so it cannot be made to say anything else. */
const DONE: Readonly<Record<string, string>> = {
  cancelled: 'Your plan is cancelled.',
  staying: 'Your plan continues.',
  plan: 'Your plan is changed.',
  paused: 'Your pause is noted. Until it begins, nothing changes.',
  resumed: 'Your plan continues. Your instance is back within a minute.',
  'plan-later': 'Your next plan is noted. Until it begins, nothing changes.',
  'under-way': 'Accepted. This is taking longer than usual; reload this page in a minute to see the result.',
  password: 'Your password is set. You are signed out everywhere else.',
  revoked: 'The API key is revoked. Programs that use it will be refused from now on.',
};

async function view(deps: AppDeps, request: FastifyRequest, reply: FastifyReply): Promise<AccountView> {
  const customerId = customerOf(request);
  const [customer, status, invoices, entitlements, keys, mayUsePassword] = await Promise.all([
    findCustomer(deps.database, customerId),
    askStatus(deps, customerId),
    viewInvoices(deps.database, customerId),
    viewEntitlements(deps.database, customerId),
    listApiKeys(deps.database, customerId),
    hasPassword(deps.database, customerId),
  ]);
  if (!customer) throw notFound('customer');
  const csrf = csrfFor(deps, request, reply);
  const profile = findProfile(customer.profile);
  const now = new Date(Date.now() + customer.clockOffsetMs);
  const closing = await isClosing(deps, customer, status);
  return { customer, status, invoices, entitlements, keys, mayUsePassword, closing, profile, csrf, now };
}

/** Handles a form and shows the account again, with the reason for a refusal. */
async function act(
  deps: AppDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  work: () => Promise<string | FastifyReply>,
): Promise<FastifyReply> {
  try {
    const done = await work();
    return typeof done === 'string' ? await seeOther(reply, done) : done;
  } catch (error) {
    if (error instanceof UnderWay) return seeOther(reply, '/account?done=under-way');
    if (!(error instanceof ApiError)) throw error;
    void reply.code(error.statusCode);
    return sendPage(reply, accountPage({ ...(await view(deps, request, reply)), error: error.body }));
  }
}

function moneyForms(app: App, deps: AppDeps): void {
  app.post('/account/upgrade', { config, schema: { ...schema, body: UpgradeForm } }, (request, reply) =>
    act(deps, request, reply, async () => {
      const customerId = customerOf(request);
      await limitCustomer(deps, customerId, 'upgrade');
      const { charge, plan } = request.body;
      const { billing_cycle: cycle, ...wish } = asApiBody(request, UpgradeBody, {
        ...(charge && { charge }),
        ...(plan && readChoice(plan)),
      });
      return upgrade(deps, commandRequestOf(request, customerId), { ...wish, cycle });
    }),
  );
}

const MOVED_ON =
  'Your account has changed since this page was loaded. Check it, then cancel again if you still want to.';

function leavingForms(app: App, deps: AppDeps): void {
  app.post('/account/cancel', { config, schema: { ...schema, body: CancelForm } }, (request, reply) =>
    act(deps, request, reply, async () => {
      const { when, reason, phase } = request.body;
      await refuseIfMovedOn(deps, { customerId: customerOf(request), phase }, MOVED_ON);
      const said = reason?.trim() ? { reason } : {};
      const wish = asApiBody(request, CancelBody, { when: when || 'period_end', ...said });
      await limitCustomer(deps, customerOf(request), 'leaving');
      await cancelCustomer(deps, commandRequestOf(request, customerOf(request)), wish);
      return '/account?done=cancelled';
    }),
  );
  app.post('/account/undo-cancellation', { config, schema: { ...schema, body: EmptyForm } }, (request, reply) =>
    act(deps, request, reply, async () => {
      await limitCustomer(deps, customerOf(request), 'leaving');
      await undoCancellation(deps, commandRequestOf(request, customerOf(request)));
      return '/account?done=staying';
    }),
  );
  app.post('/account/delete', { config, schema: { ...schema, body: DeleteForm } }, (request, reply) =>
    act(deps, request, reply, async () => {
      const { password, company_name: companyName } = request.body;
      await confirmOwner(deps, askerOf(deps, request), customerOf(request), { password, companyName });
      await eraseAccount(deps, commandRequestOf(request, customerOf(request)));
      await closeSessions(deps, request, reply, 'customer');
      return sendPage(reply, deletedPage);
    }),
  );
}

/** A link and not a form: `form-action` would have to list every tenant's origin. */
function wayIntoInstance(app: App, deps: AppDeps): void {
  const { database, licences } = deps;
  app.get('/account/instance', { config, schema }, async (request, reply) => {
    const customerId = customerOf(request);
    const instanceUrl = (await findCustomer(database, customerId))?.instanceUrl ?? null;
    const account = await findAccount(database, customerId);
    const entry = instanceUrl === null ? undefined : await entryOf(deps, request, customerId);
    if (instanceUrl === null || !account || entry === undefined) return seeOther(reply, '/account');
    const address = new URL('/enter', instanceUrl);
    const { sessionVersion } = account;
    address.searchParams.set('token', await licences.issueSignIn(customerId, { sessionVersion, entry }));
    await auditSignIn(deps, { customerId, actor: 'customer', ip: request.ip, action: 'instance.entered' });
    return seeOther(reply, address.href);
  });
}

export function accountPages(app: App, deps: AppDeps): void {
  const querystring = Type.Object({ done: Type.Optional(Type.String({ maxLength: 20 })) });
  app.get('/account', { config, schema: { ...schema, querystring } }, async (request, reply) => {
    const { done: outcome = '' } = request.query;
    const seen = await view(deps, request, reply);
    return sendPage(reply, accountPage({ ...seen, done: DONE[outcome] }));
  });
  moneyForms(app, deps);
  leavingForms(app, deps);
  wayIntoInstance(app, deps);
  accountPlanForms(app, deps, (request, reply, work) => act(deps, request, reply, work));
  accountAccessForms(app, deps, (request, reply, work) => act(deps, request, reply, work));
}
