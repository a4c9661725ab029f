import type { App } from '../http/app-type.ts';
import { adoptStack } from '../support/adopt-stack.ts';
import type { AppDeps } from '../http/deps.ts';
import { eraseForStaff } from '../support/erasures.ts';
import { orderOf } from '../support/order.ts';
import { refundCustomer } from '../support/refunds.ts';
import { EraseBody } from '../schemas/access.ts';
import { Accepted, UNDER_WAY, WithReason } from '../schemas/commands.ts';
import { CommandHeaders, CustomerParams as params } from '../schemas/common.ts';
import { AdoptReply, RefundBody, RefundReply, UnlockReply } from '../schemas/operator.ts';
import { unlockCustomer } from '../support/unlock.ts';
import { COMMAND_ERRORS } from '../http/plugins/operations.ts';

const config = { access: 'operator' } as const;
const tags = ['admin'];
const at = (command: string): string => `/api/admin/customers/:id/${command}`;

function refundRoute(app: App, deps: AppDeps): void {
  app.post(
    at('refund'),
    {
      config: { ...config, errors: COMMAND_ERRORS },
      schema: {
        operationId: 'refundCustomer',
        headers: CommandHeaders,
        tags,
        summary: 'Refund a paid invoice, all or part of it; the same Idempotency-Key is one refund',
        params,
        body: RefundBody,
        response: { 200: RefundReply, ...UNDER_WAY },
      },
    },
    async (request) => {
      const made = await refundCustomer(deps, orderOf(request, request.params.id), request.body);
      const { refundId, invoiceId, amount, currency, refundedInAll, paid } = made;
      return { refund_id: refundId, invoice: invoiceId, amount, currency, refunded_in_all: refundedInAll, paid };
    },
  );
}

function adoptRoute(app: App, deps: AppDeps): void {
  app.post(
    at('adopt-stack'),
    {
      config: { ...config, errors: COMMAND_ERRORS },
      schema: {
        operationId: 'adoptStack',
        headers: CommandHeaders,
        tags,
        summary:
          'Adopt the existing resources of a stack whose state is missing; its device key and passwords are kept',
        params,
        body: WithReason,
        response: { 200: AdoptReply, ...UNDER_WAY },
      },
    },
    async (request) => {
      const { version } = await adoptStack(deps, orderOf(request, request.params.id), request.body.reason);
      return { adopted: true, version };
    },
  );
}

/** What moves money, ends a person's record or lets somebody in: for operators only. */
export function adminOperatorRoutes(app: App, deps: AppDeps): void {
  refundRoute(app, deps);
  adoptRoute(app, deps);
  app.post(
    at('unlock'),
    {
      config: { ...config, errors: COMMAND_ERRORS },
      schema: {
        operationId: 'unlockCustomer',
        headers: CommandHeaders,
        tags,
        summary: 'Clear the limits that keep a customer out, and say who holds the lock of the stack',
        params,
        body: WithReason,
        response: { 200: UnlockReply },
      },
    },
    async (request) => {
      const order = orderOf(request, request.params.id);
      const { wasLocked, stackLock, message } = await unlockCustomer(deps, order, request.body.reason);
      return { was_locked: wasLocked, stack_lock: stackLock, message };
    },
  );
  app.post(
    at('erase'),
    {
      config: { ...config, errors: [...COMMAND_ERRORS, 422] },
      schema: {
        operationId: 'eraseCustomer',
        headers: CommandHeaders,
        tags,
        summary: 'Erase a customer, as DELETE /me/account does',
        params,
        body: EraseBody,
        response: { 200: Accepted, ...UNDER_WAY },
      },
    },
    async (request) => {
      await eraseForStaff(deps, orderOf(request, request.params.id), request.body);
      return { accepted: true };
    },
  );
}
