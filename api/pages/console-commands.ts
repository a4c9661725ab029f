import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import type { CorrectionPatch } from '../../infra/db/repositories/corrections.ts';
import type { ReplayFrom } from '../../workflows/contract.ts';
import { ONBOARDING_STEPS } from '../../workflows/domain/onboarding-plan.ts';
import type { App } from '../app-type.ts';
import { correctionPatch } from '../corrections.ts';
import {
  abandonOnboarding,
  advanceClock,
  cancelCustomer,
  eraseAccount,
  extendTrial,
  replayOnboarding,
  undoCancellation,
  type Order,
} from '../customer-commands.ts';
import type { AppDeps } from '../deps.ts';
import { dryRunReplay, type DryRun } from '../dry-run.ts';
import { ApiError, invalid, type ErrorBody } from '../errors.ts';
import { orderOf } from '../order.ts';
import { refundCustomer } from '../refunds.ts';
import { unlockCustomer } from '../unlock.ts';
import type { Access } from '../plugins/access.ts';
import { CustomerParams } from '../schemas/common.ts';
import { ConsoleForm } from './form-schemas.ts';
import { seeOther } from './scope.ts';

export type ConsoleTyped = Static<typeof ConsoleForm>;

/** The parts of a form that were filled in. */
const filled = <K extends keyof ConsoleTyped>(form: ConsoleTyped, ...names: K[]): { readonly [N in K]?: string } =>
  Object.fromEntries(names.flatMap((name) => (form[name] ? [[name, form[name]]] : []))) as { [N in K]?: string };

function reasonOf({ reason }: ConsoleTyped): string {
  if (reason) return reason;
  throw invalid('The reason is missing', [{ field: 'reason', message: 'Say why: it goes into the audit trail.' }], 422);
}

const replayFrom = ({ from }: ConsoleTyped): ReplayFrom =>
  (['start', ...ONBOARDING_STEPS] as const).find((known) => known === from) ?? 'failed';

const correctionsOf = ({ profile }: AppDeps, form: ConsoleTyped): CorrectionPatch =>
  correctionPatch(filled(form, 'slug', 'company_name', 'email', 'plan', 'region'), profile);

function daysOf({ days = '' }: ConsoleTyped): number {
  if (Number(days) > 0) return Number(days);
  throw invalid('The days are not valid', [{ field: 'days', message: 'Give a number of days above zero.' }], 422);
}

function instantOf({ to = '' }: ConsoleTyped): string {
  const date = new Date(to);
  if (to !== '' && !Number.isNaN(date.getTime())) return date.toISOString();
  throw invalid('The date is not valid', [{ field: 'to', message: 'Give an instant like 2026-12-24T00:00:00Z.' }], 422);
}

function amountOf({ amount = '' }: ConsoleTyped): number | undefined {
  if (amount === '') return undefined;
  if (/^[1-9]\d{0,8}$/.test(amount)) return Number(amount);
  const problem = { field: 'amount', message: 'Give whole cents, like 9900, or nothing for all that is left.' };
  throw invalid('The amount is not valid', [problem], 422);
}

function refuseUnsure({ sure }: ConsoleTyped): void {
  if (sure === 'yes') return;
  const problem = { field: 'sure', message: 'Tick that you know that an erasure cannot be undone.' };
  throw invalid('Not confirmed', [problem], 422);
}

interface ConsoleCommand {
  readonly access: Access;
  readonly run: (deps: AppDeps, order: Order, form: ConsoleTyped) => Promise<unknown>;
  readonly done: string;
}

/** The console's forms, by the last part of their address. */
const COMMANDS: Readonly<Record<string, ConsoleCommand>> = {
  replay: {
    access: 'support',
    done: 'The replay has started.',
    run: (deps, order, form) =>
      replayOnboarding(deps, order, {
        from: replayFrom(form),
        corrections: correctionsOf(deps, form),
        reason: reasonOf(form),
      }),
  },
  abandon: {
    access: 'operator',
    done: 'The onboarding is being taken back.',
    run: (deps, order, form) => abandonOnboarding(deps, order, reasonOf(form)),
  },
  cancel: {
    access: 'operator',
    done: 'The cancellation is noted.',
    run: (deps, order, form) =>
      cancelCustomer(deps, order, { when: form.when === 'now' ? 'now' : 'period_end', reason: reasonOf(form) }),
  },
  'undo-cancellation': {
    access: 'support',
    done: 'The cancellation is taken back.',
    run: (deps, order, form) => undoCancellation(deps, order, reasonOf(form)),
  },
  'extend-trial': {
    access: 'support',
    done: 'The trial is extended.',
    run: (deps, order, form) => extendTrial(deps, order, { days: daysOf(form), reason: reasonOf(form) }),
  },
  refund: {
    access: 'operator',
    done: 'The money is on its way back; the invoice and the timeline show it.',
    run: (deps, order, form) =>
      refundCustomer(deps, order, {
        ...{ invoice: form.invoice || undefined, amount: amountOf(form) },
        reason: reasonOf(form),
      }),
  },
  unlock: {
    access: 'operator',
    done: 'Nothing of ours keeps the customer out now; the timeline says what did, and who holds the lock of the stack.',
    run: (deps, order, form) => unlockCustomer(deps, order, reasonOf(form)),
  },
  erase: {
    access: 'operator',
    done: 'The customer and all their data are being erased.',
    run: (deps, order, form) => {
      refuseUnsure(form);
      return eraseAccount(deps, order, reasonOf(form));
    },
  },
  advance: {
    access: 'operator',
    done: 'The clock was moved.',
    run: (deps, order, form) => advanceClock(deps, order, instantOf(form)),
  },
};

/** What the page says after a command; the address names it. */
export const DONE: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(COMMANDS).map(([name, { done }]) => [name, done]),
);

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

export function consoleCommands(app: App, deps: AppDeps, show: Show): void {
  const schema = { hide: true, params: CustomerParams, body: ConsoleForm };
  const refuse = (request: CustomerRequest, reply: FastifyReply, typed: ConsoleTyped) => (error: unknown) => {
    if (!(error instanceof ApiError)) throw error;
    const retryKey = error.body.code === 'outcome_unknown' ? typed.key : undefined;
    return show(request, reply.code(error.statusCode), { error: error.body, typed, retryKey });
  };
  addressesOfForms(app);
  for (const [name, { access, run }] of Object.entries(COMMANDS))
    app.post(`/console/customers/:id/${name}`, { config: { access, page: true }, schema }, async (request, reply) => {
      const { id } = request.params;
      try {
        await run(deps, orderOf(request, id, request.body.key || undefined), request.body);
      } catch (error) {
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
        const asked = { from: replayFrom(typed), corrections: correctionsOf(deps, typed) };
        return await show(request, reply, { typed, dryRun: await dryRunReplay(deps, params.id, asked) });
      } catch (error) {
        return refuse(request, reply, typed)(error);
      }
    },
  );
}
