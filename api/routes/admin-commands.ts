import { Type } from 'typebox';
import type { App } from '../http/app-type.ts';
import { CommandHeaders, CustomerParams as params } from '../schemas/common.ts';
import { DryRunReply, ReplayBody, ReplayReply, UNDER_WAY } from '../schemas/commands.ts';
import type { SupportCommand } from '../support/commands/command.ts';
import { SUPPORT_COMMANDS } from '../support/commands/index.ts';
import { correctionPatch } from '../support/corrections.ts';
import { replayOnboarding } from '../support/customer-commands.ts';
import { operation } from '../http/operation.ts';
import type { AppDeps } from '../http/deps.ts';
import { dryRunReplay, type DryRun } from '../support/dry-run.ts';
import { invalid } from '../http/errors.ts';
import { commandRequestOf } from '../support/command-request.ts';
import { COMMAND_ERRORS } from '../http/plugins/operations.ts';

const tags = ['admin'];
const NO_REASON = { field: 'reason', message: 'reason is required.' };
const at = (command: string): string => `/api/admin/customers/:id/${command}`;

const dryRunReply = ({ willRun, willSkip, willUndo, stack, stripe, own }: DryRun) => ({
  will_run: [...willRun],
  will_skip: [...willSkip],
  will_undo: [...willUndo],
  stack: stack.changes && { changes: { ...stack.changes.changes }, lines: [...stack.changes.lines] },
  stack_note: stack.note,
  stripe: stripe.changes && { lines: [...stripe.changes.lines] },
  stripe_note: stripe.note,
  own_steps: own.map(({ step, changes, note }) => ({ step, lines: changes && [...changes.lines], note })),
});

/** Not in the table: with dry_run it is a query with a different reply. */
function replayRoute(app: App, deps: AppDeps): void {
  app.post(
    at('replay'),
    operation('replayOnboarding', 'Run a failed onboarding again, or show what that would do', {
      access: 'support',
      errors: [...COMMAND_ERRORS, 422],
      headers: CommandHeaders,
      tags,
      params,
      body: ReplayBody,
      response: { 200: Type.Union([DryRunReply, ReplayReply]), ...UNDER_WAY },
    }),
    async (request) => {
      const { from = 'failed', corrections = {}, reason, dry_run: dryRun = false } = request.body;
      const patch = correctionPatch(corrections);
      const command = commandRequestOf(request, request.params.id);
      if (dryRun) return dryRunReply(await dryRunReplay(deps, command, { from, corrections: patch }));
      if (reason === undefined) throw invalid('The request is not valid', [NO_REASON]);
      const { willRun, nothingToDo } = await replayOnboarding(deps, command, { from, corrections: patch, reason });
      return { will_run: [...willRun], nothing_to_do: nothingToDo };
    },
  );
}

function commandRoute(app: App, deps: AppDeps, { name, role, atOnce, run, ...command }: SupportCommand): void {
  const { operationId, summary, errors = COMMAND_ERRORS, body, reply } = command;
  app.post(
    at(name),
    operation(operationId, summary, {
      ...{ access: role, errors, headers: CommandHeaders, tags, params, body },
      response: { 200: reply, ...(!atOnce && UNDER_WAY) },
    }),
    (request) => run(deps, commandRequestOf(request, request.params.id), request.body as never),
  );
}

/** The commands of support for a customer. */
export function adminCommandRoutes(app: App, deps: AppDeps): void {
  replayRoute(app, deps);
  for (const command of SUPPORT_COMMANDS) commandRoute(app, deps, command);
}
