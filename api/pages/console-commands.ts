import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Static, TSchema } from 'typebox';
import { dismissAlert } from '../support/alerts.ts';
import { revokeApiKey, sendKeyLink } from '../accounts/api-keys.ts';
import type { App } from '../http/app-type.ts';
import { correctionPatch } from '../support/corrections.ts';
import {
  abandonOnboarding,
  advanceClock,
  cancelCustomer,
  extendTrial,
  replayOnboarding,
  undoCancellation,
  type Order,
} from '../support/customer-commands.ts';
import type { AppDeps } from '../http/deps.ts';
import { dryRunReplay, type DryRun } from '../support/dry-run.ts';
import { eraseForStaff } from '../support/erasures.ts';
import { ApiError, type ErrorBody } from '../http/errors.ts';
import { mendRecords } from '../support/mend-records.ts';
import { orderOf } from '../support/order.ts';
import { refundCustomer } from '../support/refunds.ts';
import { resendMail } from '../support/resend-mail.ts';
import { UnderWay } from '../support/under-way.ts';
import { unlockCustomer } from '../support/unlock.ts';
import type { Access } from '../http/plugins/access.ts';
import { EraseBody, RevokeKeyBody } from '../schemas/access.ts';
import { DismissAlertBody, ResendMailBody } from '../schemas/attention.ts';
import { AdvanceBody, ExtendTrialBody, ReplayBody, StaffCancelBody, WithReason } from '../schemas/commands.ts';
import { CustomerParams } from '../schemas/common.ts';
import { MendBody } from '../schemas/differences.ts';
import { RefundBody } from '../schemas/operator.ts';
import { asApiBody } from './as-api-body.ts';
import { amountOf, daysOf, filled, instantOf, endOf, chosenOf, reasonOf, type ConsoleTyped } from './console-typed.ts';
import { ConsoleForm } from './form-schemas.ts';
import { refuseIfMovedOn } from './moved-on.ts';
import { seeOther } from './scope.ts';

/** The API's body of a replay, but for the reason: a dry run needs none. */
const replayBody = ({ from = '', ...form }: ConsoleTyped) => ({
  from: from || 'failed',
  corrections: filled(form, 'slug', 'company_name', 'email', 'plan', 'region'),
});

interface ConsoleCommand {
  readonly access: Access;
  readonly done: string;
  /** Of the API's route that does the same. */
  readonly schema: TSchema;
  /** What the form would be as that route's body. @throws ApiError 422 in the words of the form */
  readonly body: (form: ConsoleTyped, customerId: string) => object;
  readonly run: (deps: AppDeps, order: Order, body: never) => Promise<unknown>;
}

interface TypedCommand<S extends TSchema> extends Omit<ConsoleCommand, 'schema' | 'run'> {
  readonly schema: S;
  readonly run: (deps: AppDeps, order: Order, body: Static<S>) => Promise<unknown>;
}
const command = <S extends TSchema>(typed: TypedCommand<S>): ConsoleCommand => typed;

const withReason = (form: ConsoleTyped) => ({ reason: reasonOf(form) });

/** The console's forms, by the last part of their address. */
const COMMANDS: Readonly<Record<string, ConsoleCommand>> = {
  replay: command({
    access: 'support',
    done: 'The replay has started.',
    schema: ReplayBody,
    body: (form) => ({ ...replayBody(form), ...withReason(form) }),
    run: (deps, order, { from = 'failed', corrections = {}, reason = '' }) =>
      replayOnboarding(deps, order, { from, corrections: correctionPatch(corrections), reason }),
  }),
  abandon: command({
    access: 'operator',
    done: 'The onboarding is being undone.',
    schema: WithReason,
    body: withReason,
    run: (deps, order, { reason }) => abandonOnboarding(deps, order, reason),
  }),
  cancel: command({
    access: 'operator',
    done: 'The plan is cancelled.',
    schema: StaffCancelBody,
    body: (form) => ({ when: form.when || 'period_end', ...withReason(form) }),
    run: cancelCustomer,
  }),
  'undo-cancellation': command({
    access: 'support',
    done: 'The plan continues.',
    schema: WithReason,
    body: withReason,
    run: (deps, order, { reason }) => undoCancellation(deps, order, reason),
  }),
  'extend-trial': command({
    access: 'support',
    done: 'The trial is extended.',
    schema: ExtendTrialBody,
    body: (form) => ({ days: daysOf(form), ...withReason(form) }),
    run: extendTrial,
  }),
  refund: command({
    access: 'operator',
    done: 'The refund is made; the invoice and the timeline show it.',
    schema: RefundBody,
    body: (form) => ({ ...filled(form, 'invoice'), ...amountOf(form), ...withReason(form) }),
    run: refundCustomer,
  }),
  unlock: command({
    access: 'operator',
    done: 'Nothing of ours keeps the customer out now; the timeline says what did, and who holds the lock of the stack.',
    schema: WithReason,
    body: withReason,
    run: (deps, order, { reason }) => unlockCustomer(deps, order, reason),
  }),
  mend: command({
    access: 'operator',
    done: 'The records were compared anew and mended; the timeline says what became of each difference.',
    schema: MendBody,
    body: (form, customerId) => ({ end: endOf(form, customerId), ...withReason(form) }),
    run: mendRecords,
  }),
  erase: command({
    access: 'operator',
    done: 'The customer and all their data are being erased.',
    schema: EraseBody,
    body: (form) => ({ confirm: form.confirm ?? '', ...withReason(form) }),
    run: eraseForStaff,
  }),
  'revoke-key': command({
    access: 'support',
    done: 'The API key is revoked.',
    schema: RevokeKeyBody,
    body: (form) => ({ key_id: chosenOf(form, 'key_id'), ...withReason(form) }),
    run: (deps, { customerId, actor }, { key_id: keyId, reason }) =>
      revokeApiKey(deps, { customerId, actor, keyId, reason }),
  }),
  'send-key-link': command({
    access: 'support',
    done: 'A link to a new API key is on its way to the customer.',
    schema: WithReason,
    body: withReason,
    run: (deps, order, { reason }) => sendKeyLink(deps, order, reason),
  }),
  'dismiss-alert': command({
    access: 'support',
    done: 'The alert is dismissed.',
    schema: DismissAlertBody,
    body: (form) => ({ alert_id: chosenOf(form, 'alert_id'), ...withReason(form) }),
    run: dismissAlert,
  }),
  'resend-mail': command({
    access: 'operator',
    done: 'The mail is sent as soon as the mail service takes it; the timeline shows it.',
    schema: ResendMailBody,
    body: (form) => ({
      ...{ email_id: chosenOf(form, 'email_id'), may_come_twice: form.twice !== undefined },
      ...withReason(form),
    }),
    run: resendMail,
  }),
  advance: command({
    access: 'operator',
    done: 'The clock was moved.',
    schema: AdvanceBody,
    body: (form) => ({ to: instantOf(form) }),
    run: (deps, order, { to }) => advanceClock(deps, order, to),
  }),
};

/** What the page says after a command; the address names it. */
export const DONE: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(COMMANDS).map(([name, { done }]) => [name, done])),
  'under-way': 'Accepted, and still being done: something it needs is slow or away. The timeline shows it when it is.',
};

export type CustomerRequest = FastifyRequest<{ Params: { id: string } }>;

/** What the page of a customer shows besides the customer. */
export interface Happened {
  readonly done?: string | undefined;
  readonly error?: ErrorBody;
  readonly typed?: ConsoleTyped;
  readonly dryRun?: DryRun;
  readonly retryKey?: string | undefined;
}
type Show = (request: CustomerRequest, reply: FastifyReply, happened: Happened) => Promise<FastifyReply>;

/** After a refusal or a dry run the browser's address is the form's: to go there again leads to the customer. */
function addressesOfForms(app: App): void {
  const config = { access: 'support', page: true } as const;
  for (const name of [...Object.keys(COMMANDS), 'dry-run'])
    app.get(
      `/console/customers/:id/${name}`,
      { config, schema: { hide: true, params: CustomerParams } },
      (request, reply) => seeOther(reply, `/console/customers/${request.params.id}`),
    );
}

const MOVED_ON = 'This customer has moved on since the page was loaded. Look at what is so now, and decide again.';

export function consoleCommands(app: App, deps: AppDeps, show: Show): void {
  const schema = { hide: true, params: CustomerParams, body: ConsoleForm };
  const refuse = (request: CustomerRequest, reply: FastifyReply, typed: ConsoleTyped) => (error: unknown) => {
    if (!(error instanceof ApiError)) throw error;
    const retryKey = error.body.code === 'outcome_unknown' ? typed.key : undefined;
    return show(request, reply.code(error.statusCode), { error: error.body, typed, retryKey });
  };
  addressesOfForms(app);
  for (const [name, { access, schema: apiSchema, body, run }] of Object.entries(COMMANDS))
    app.post(`/console/customers/:id/${name}`, { config: { access, page: true }, schema }, async (request, reply) => {
      const { id } = request.params;
      try {
        await refuseIfMovedOn(deps, { customerId: id, phase: request.body.phase }, MOVED_ON);
        const meant = asApiBody(request, apiSchema, body(request.body, id));
        await run(deps, orderOf(request, id, request.body.key || undefined), meant as never);
      } catch (error) {
        if (error instanceof UnderWay) return seeOther(reply, `/console/customers/${id}?done=under-way`);
        return refuse(request, reply, request.body)(error);
      }
      return seeOther(reply, `/console/customers/${id}?done=${name}`);
    });
  app.post(
    '/console/customers/:id/dry-run',
    { config: { access: 'support', page: true }, schema },
    async (request, reply) => {
      const { body: typed, params } = request;
      try {
        const { from = 'failed', corrections = {} } = asApiBody(request, ReplayBody, replayBody(typed));
        const asked = { from, corrections: correctionPatch(corrections) };
        return await show(request, reply, {
          typed,
          dryRun: await dryRunReplay(deps, orderOf(request, params.id), asked),
        });
      } catch (error) {
        return refuse(request, reply, typed)(error);
      }
    },
  );
}
