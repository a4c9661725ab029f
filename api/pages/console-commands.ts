import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import type { ReplayFrom } from '../../workflows/contract.ts';
import { ONBOARDING_STEPS } from '../../workflows/domain/onboarding-plan.ts';
import type { App } from '../app-type.ts';
import { correctionPatch } from '../corrections.ts';
import {
  abandonOnboarding,
  advanceClock,
  cancelCustomer,
  extendTrial,
  replayOnboarding,
  undoCancellation,
  type Order,
} from '../customer-commands.ts';
import type { AppDeps } from '../deps.ts';
import { invalid } from '../errors.ts';
import { orderOf } from '../order.ts';
import type { Access } from '../plugins/access.ts';
import { CustomerParams } from '../schemas/common.ts';
import { ConsoleForm } from './form-schemas.ts';
import { seeOther } from './scope.ts';

type Form = Static<typeof ConsoleForm>;

/** The parts of a form that were filled in. */
const filled = <K extends keyof Form>(form: Form, ...names: K[]): { readonly [N in K]?: string } =>
  Object.fromEntries(names.flatMap((name) => (form[name] ? [[name, form[name]]] : []))) as { [N in K]?: string };

function reasonOf({ reason }: Form): string {
  if (reason) return reason;
  throw invalid('The reason is missing', [{ field: 'reason', message: 'Say why: it goes into the audit trail.' }], 422);
}

const replayFrom = ({ from }: Form): ReplayFrom =>
  (['start', ...ONBOARDING_STEPS] as const).find((known) => known === from) ?? 'failed';

function daysOf({ days = '' }: Form): number {
  if (Number(days) > 0) return Number(days);
  throw invalid('The days are not valid', [{ field: 'days', message: 'Give a number of days above zero.' }], 422);
}

function instantOf({ to = '' }: Form): string {
  const date = new Date(to);
  if (to !== '' && !Number.isNaN(date.getTime())) return date.toISOString();
  throw invalid('The date is not valid', [{ field: 'to', message: 'Give an instant like 2026-12-24T00:00:00Z.' }], 422);
}

interface ConsoleCommand {
  readonly access: Access;
  readonly run: (deps: AppDeps, order: Order, form: Form) => Promise<unknown>;
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
        corrections: correctionPatch(filled(form, 'slug', 'company_name', 'email', 'plan'), deps.profile),
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

type CustomerRequest = FastifyRequest<{ Params: { id: string } }>;

export function consoleCommands(
  app: App,
  deps: AppDeps,
  showRefusal: (request: CustomerRequest, reply: FastifyReply, error: unknown) => Promise<FastifyReply>,
): void {
  for (const [name, { access, run }] of Object.entries(COMMANDS))
    app.post(
      `/console/customers/:id/${name}`,
      { config: { access, page: true }, schema: { hide: true, params: CustomerParams, body: ConsoleForm } },
      async (request, reply) => {
        const { id } = request.params;
        try {
          await run(deps, orderOf(request, id), request.body);
        } catch (error) {
          return showRefusal(request, reply, error);
        }
        return seeOther(reply, `/console/customers/${id}?done=${name}`);
      },
    );
}
