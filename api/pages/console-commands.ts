import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import type { StaffRole } from '../../infra/db/repositories/sessions.ts';
import type { App } from '../http/app-type.ts';
import type { AppDeps } from '../http/deps.ts';
import { ApiError, type ErrorBody } from '../http/errors.ts';
import { ReplayBody } from '../schemas/commands.ts';
import { CustomerParams } from '../schemas/common.ts';
import { SUPPORT_COMMANDS } from '../support/commands/index.ts';
import { correctionPatch } from '../support/corrections.ts';
import { replayOnboarding, type CommandRequest } from '../support/customer-commands.ts';
import { dryRunReplay, type DryRun } from '../support/dry-run.ts';
import { commandRequestOf } from '../support/command-request.ts';
import { UnderWay } from '../support/under-way.ts';
import { asApiBody } from './as-api-body.ts';
import { bodyOf, filled, reasonOf, type ConsoleTyped } from './console-typed.ts';
import { ConsoleForm } from './form-schemas.ts';
import { refuseIfMovedOn } from './moved-on.ts';
import { seeOther } from './scope.ts';

/** The API's body of a replay, but for the reason: a dry run needs none. */
const replayBody = ({ from = '', ...form }: ConsoleTyped) => ({
  from: from || 'failed',
  corrections: filled(form, 'slug', 'company_name', 'email', 'plan', 'region'),
});

interface Form {
  readonly name: string;
  readonly role: StaffRole;
  /** What the page says afterwards. */
  readonly done: string;
  /** @throws ApiError 422 in the words of the form, or naming every field that the API would not take */
  readonly read: (request: FormRequest) => object;
  readonly run: (deps: AppDeps, command: CommandRequest, body: never) => Promise<unknown>;
}

/** It is previewed first, so that its form is another than those of the other commands. */
const REPLAY: Form = {
  name: 'replay',
  role: 'support',
  done: 'The replay has started.',
  read: (request) => asApiBody(request, ReplayBody, { ...replayBody(request.body), reason: reasonOf(request.body) }),
  run: (deps, command, { from = 'failed', corrections = {}, reason = '' }: Static<typeof ReplayBody>) =>
    replayOnboarding(deps, command, { from, corrections: correctionPatch(corrections), reason }),
};

const FORMS: readonly Form[] = [
  REPLAY,
  ...SUPPORT_COMMANDS.flatMap(({ console: form, ...command }): readonly Form[] => {
    const read = (request: FormRequest) =>
      asApiBody(request, command.body, bodyOf(command, request.body, request.params.id)) as object;
    return form ? [{ ...command, done: form.done, read }] : [];
  }),
];

/** What the page says after a command; the address names it. */
export const DONE: Readonly<Record<string, string>> = {
  ...Object.fromEntries(FORMS.map(({ name, done }) => [name, done])),
  'under-way':
    'Accepted, and still in progress: something it needs is slow or unavailable. The timeline will show when it is done.',
};

export type CustomerRequest = FastifyRequest<{ Params: { id: string } }>;
type FormRequest = FastifyRequest<{ Params: { id: string }; Body: ConsoleTyped }>;

/** What a customer's page shows besides the customer. */
export interface PageOutcome {
  readonly done?: string | undefined;
  readonly error?: ErrorBody;
  readonly typed?: ConsoleTyped;
  readonly dryRun?: DryRun;
  readonly retryKey?: string | undefined;
}
type Show = (request: CustomerRequest, reply: FastifyReply, happened: PageOutcome) => Promise<FastifyReply>;

/** After a refusal or a dry run the browser's address is that of the form: loading it again leads to the customer. */
function addressesOfForms(app: App): void {
  const config = { access: 'support', page: true } as const;
  for (const name of [...FORMS.map((form) => form.name), 'dry-run'])
    app.get(
      `/console/customers/:id/${name}`,
      { config, schema: { hide: true, params: CustomerParams } },
      (request, reply) => seeOther(reply, `/console/customers/${request.params.id}`),
    );
}

const MOVED_ON = 'This customer has changed since the page was loaded. Check the current state, then try again.';

export function consoleCommands(app: App, deps: AppDeps, show: Show): void {
  const schema = { hide: true, params: CustomerParams, body: ConsoleForm };
  const refuse = (request: CustomerRequest, reply: FastifyReply, typed: ConsoleTyped) => (error: unknown) => {
    if (!(error instanceof ApiError)) throw error;
    const retryKey = error.body.code === 'outcome_unknown' ? typed.key : undefined;
    return show(request, reply.code(error.statusCode), { error: error.body, typed, retryKey });
  };
  addressesOfForms(app);
  for (const { name, role, read, run } of FORMS)
    app.post(
      `/console/customers/:id/${name}`,
      { config: { access: role, page: true }, schema },
      async (request, reply) => {
        const { id } = request.params;
        try {
          await refuseIfMovedOn(deps, { customerId: id, phase: request.body.phase }, MOVED_ON);
          const meant = read(request);
          await run(deps, commandRequestOf(request, id, request.body.key || undefined), meant as never);
        } catch (error) {
          if (error instanceof UnderWay) return seeOther(reply, `/console/customers/${id}?done=under-way`);
          return refuse(request, reply, request.body)(error);
        }
        return seeOther(reply, `/console/customers/${id}?done=${name}`);
      },
    );
  app.post(
    '/console/customers/:id/dry-run',
    { config: { access: 'support', page: true }, schema },
    async (request, reply) => {
      const { body: typed, params } = request;
      try {
        const { from = 'failed', corrections = {} } = asApiBody(request, ReplayBody, replayBody(typed));
        const replay = { from, corrections: correctionPatch(corrections) };
        return await show(request, reply, {
          typed,
          dryRun: await dryRunReplay(deps, commandRequestOf(request, params.id), replay),
        });
      } catch (error) {
        return refuse(request, reply, typed)(error);
      }
    },
  );
}
