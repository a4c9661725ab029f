import type { FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import { signsInHere } from '../accounts/elsewhere.ts';
import { confirmOwner } from '../accounts/confirm.ts';
import { limitCustomer } from '../accounts/customer-limits.ts';
import { askerOf } from '../accounts/devices.ts';
import type { SignupsElsewhere } from '../accounts/signups-elsewhere.ts';
import { customerToDelete } from '../accounts/without-customer.ts';
import { closeSessions } from '../accounts/sessions.ts';
import type { App } from '../http/app-type.ts';
import { cancelCustomer, replayOnboarding, undoCancellation } from '../support/customer-commands.ts';
import { upgrade } from '../support/upgrade.ts';
import { operation } from '../http/operation.ts';
import type { AppDeps } from '../http/deps.ts';
import { eraseAccount } from '../support/erasures.ts';
import { commandRequestOf } from '../support/command-request.ts';
import { customerOf, identityOf } from '../http/plugins/access.ts';
import { DeleteBody } from '../schemas/access.ts';
import {
  Accepted,
  CancelBody,
  CancelReply,
  UNDER_WAY,
  EraseReply,
  ReplayReply,
  UpgradeBody,
  UpgradeReply,
} from '../schemas/commands.ts';
import { CommandHeaders } from '../schemas/common.ts';
import { COMMAND_ERRORS } from '../http/plugins/operations.ts';

const config = { access: 'person', tags: ['me'] } as const;

function payingRoutes(app: App, deps: AppDeps): void {
  app.post(
    '/me/upgrade',
    operation('upgrade', "Start paying: returns the address of Stripe's page for the card", {
      ...config,
      errors: [...COMMAND_ERRORS, 422, 429],
      headers: CommandHeaders,
      body: UpgradeBody,
      response: { 200: UpgradeReply, ...UNDER_WAY },
    }),
    async (request) => {
      const customerId = customerOf(request);
      await limitCustomer(deps, customerId, 'upgrade');
      const { billing_cycle: cycle, ...wish } = request.body;
      return { checkout_url: await upgrade(deps, commandRequestOf(request, customerId), { ...wish, cycle }) };
    },
  );
}

function cancelRoutes(app: App, deps: AppDeps): void {
  app.post(
    '/me/cancel',
    operation('cancelPlan', 'Cancel the plan, now or at the end of the paid period', {
      ...config,
      errors: [...COMMAND_ERRORS, 429],
      headers: CommandHeaders,
      body: CancelBody,
      response: { 200: CancelReply, ...UNDER_WAY },
    }),
    async (request) => {
      await limitCustomer(deps, customerOf(request), 'leaving');
      const { endsAt } = await cancelCustomer(deps, commandRequestOf(request, customerOf(request)), request.body);
      return { accepted: true, ends_at: endsAt };
    },
  );
  app.post(
    '/me/undo-cancellation',
    operation('undoCancellation', 'Undo my cancellation', {
      ...config,
      errors: [...COMMAND_ERRORS, 429],
      headers: CommandHeaders,
      response: { 200: Accepted, ...UNDER_WAY },
    }),
    async (request) => {
      await limitCustomer(deps, customerOf(request), 'leaving');
      await undoCancellation(deps, commandRequestOf(request, customerOf(request)));
      return { accepted: true };
    },
  );
}

/**
 * Whose account it is. There is no password to ask for once more where the identity is elsewhere: its token is the
 * proof. One who has left, or ordered it before, may do so too.
 */
async function toDelete(
  deps: AppDeps,
  elsewhere: SignupsElsewhere,
  request: FastifyRequest<{ Body: Static<typeof DeleteBody> }>,
): Promise<string> {
  const identity = identityOf(request);
  if (identity === undefined) {
    const { password, company_name: companyName } = request.body;
    await confirmOwner(deps, askerOf(deps, request), customerOf(request), { password, companyName });
    return customerOf(request);
  }
  return customerToDelete(deps, elsewhere, identity);
}

const DELETE_ACCOUNT = 'Delete the account and all its data; asks for the password once more';
const DELETE_ELSEWHERE = 'Delete the account, all its data and the identity; a token is enough, the body is not read';

function accountRoutes(app: App, deps: AppDeps, elsewhere: SignupsElsewhere): void {
  app.post(
    '/me/retry-onboarding',
    operation('retryOnboarding', 'Try a failed onboarding again', {
      ...config,
      errors: [...COMMAND_ERRORS, 429],
      headers: CommandHeaders,
      response: { 200: ReplayReply, ...UNDER_WAY },
    }),
    async (request) => {
      const customerId = customerOf(request);
      await limitCustomer(deps, customerId, 'retry');
      const replay = { from: 'failed', corrections: {}, reason: 'The customer asked for another try.' } as const;
      const result = await replayOnboarding(deps, commandRequestOf(request, customerId), replay);
      return { will_run: [...result.willRun], nothing_to_do: result.nothingToDo };
    },
  );
  app.delete(
    '/me/account',
    {
      ...operation('deleteAccount', signsInHere(deps.profile) ? DELETE_ACCOUNT : DELETE_ELSEWHERE, {
        ...{ access: 'identity', tags: ['me'] },
        errors: [...COMMAND_ERRORS, 429],
        headers: CommandHeaders,
        body: DeleteBody,
        response: { 202: EraseReply },
      }),
      // There is nothing that they could type.
      preValidation: (request, _reply, done) => {
        if (identityOf(request)) request.body = {};
        done();
      },
    },
    async (request, reply) => {
      const customerId = await toDelete(deps, elsewhere, request);
      await eraseAccount(deps, commandRequestOf(request, customerId));
      await closeSessions(deps, request, reply, 'customer');
      return reply.code(202).send({
        success: true,
        status: 'deleting',
        message: 'Your account and all its data are being deleted. You will get a final email when it is done.',
      });
    },
  );
}

export function meRoutes(app: App, deps: AppDeps, elsewhere: SignupsElsewhere): void {
  payingRoutes(app, deps);
  cancelRoutes(app, deps);
  accountRoutes(app, deps, elsewhere);
}
