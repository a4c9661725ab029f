import { Type } from 'typebox';
import type { App } from '../http/app-type.ts';
import { correctionPatch } from '../support/corrections.ts';
import {
  abandonOnboarding,
  advanceClock,
  cancelCustomer,
  extendTrial,
  replayOnboarding,
  undoCancellation,
} from '../support/customer-commands.ts';
import type { AppDeps } from '../http/deps.ts';
import { dryRunReplay, type DryRun } from '../support/dry-run.ts';
import { invalid } from '../http/errors.ts';
import { orderOf } from '../support/order.ts';
import {
  Accepted,
  AdvanceBody,
  AdvanceReply,
  CancelReply,
  DryRunReply,
  UNDER_WAY,
  ExtendTrialBody,
  ExtendTrialReply,
  ReplayBody,
  ReplayReply,
  StaffCancelBody,
  WithReason,
} from '../schemas/commands.ts';
import { CommandHeaders, CustomerParams as params } from '../schemas/common.ts';
import { COMMAND_ERRORS } from '../http/plugins/operations.ts';

const tags = ['admin'];
/** Support reads and sets an onboarding right; what ends a customer or moves money or time takes an operator. */
const support = { access: 'support' } as const;
const operator = { access: 'operator' } as const;
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

function onboardingCommands(app: App, deps: AppDeps): void {
  app.post(
    at('replay'),
    {
      config: { ...support, errors: [...COMMAND_ERRORS, 422] },
      schema: {
        operationId: 'replayOnboarding',
        headers: CommandHeaders,
        tags,
        summary: 'Run a failed onboarding again, or show what that would do',
        params,
        body: ReplayBody,
        response: { 200: Type.Union([DryRunReply, ReplayReply]), ...UNDER_WAY },
      },
    },
    async (request) => {
      const { from = 'failed', corrections = {}, reason, dry_run: dryRun = false } = request.body;
      const patch = correctionPatch(corrections);
      const order = orderOf(request, request.params.id);
      if (dryRun) return dryRunReply(await dryRunReplay(deps, order, { from, corrections: patch }));
      if (reason === undefined) throw invalid('The request is not valid', [NO_REASON]);
      const { willRun, nothingToDo } = await replayOnboarding(deps, order, { from, corrections: patch, reason });
      return { will_run: [...willRun], nothing_to_do: nothingToDo };
    },
  );
  app.post(
    at('abandon'),
    {
      config: { ...operator, errors: COMMAND_ERRORS },
      schema: {
        operationId: 'abandonOnboarding',
        summary: 'Undo a failed onboarding and end the customer',
        headers: CommandHeaders,
        tags,
        params,
        body: WithReason,
        response: { 200: Accepted, ...UNDER_WAY },
      },
    },
    async (request) => {
      await abandonOnboarding(deps, orderOf(request, request.params.id), request.body.reason);
      return { accepted: true };
    },
  );
}

function trialCommands(app: App, deps: AppDeps): void {
  app.post(
    at('extend-trial'),
    {
      config: { ...support, errors: COMMAND_ERRORS },
      schema: {
        operationId: 'extendTrial',
        summary: 'Extend a trial',
        headers: CommandHeaders,
        tags,
        params,
        body: ExtendTrialBody,
        response: { 200: ExtendTrialReply, ...UNDER_WAY },
      },
    },
    async (request) => {
      const { trialEndsAt } = await extendTrial(deps, orderOf(request, request.params.id), request.body);
      return { trial_ends_at: trialEndsAt };
    },
  );
  app.post(
    at('advance'),
    {
      config: { ...operator, errors: COMMAND_ERRORS },
      schema: {
        operationId: 'advanceClock',
        summary: "Move the customer's test clock forward",
        headers: CommandHeaders,
        tags,
        params,
        body: AdvanceBody,
        response: { 200: AdvanceReply, ...UNDER_WAY },
      },
    },
    async (request) => advanceClock(deps, orderOf(request, request.params.id), request.body.to),
  );
}

function endCommands(app: App, deps: AppDeps): void {
  app.post(
    at('cancel'),
    {
      config: { ...operator, errors: COMMAND_ERRORS },
      schema: {
        operationId: 'cancelCustomer',
        summary: 'End a customer, now or at the end of the paid period',
        headers: CommandHeaders,
        tags,
        params,
        body: StaffCancelBody,
        response: { 200: CancelReply, ...UNDER_WAY },
      },
    },
    async (request) => {
      const { endsAt } = await cancelCustomer(deps, orderOf(request, request.params.id), request.body);
      return { accepted: true, ends_at: endsAt };
    },
  );
  app.post(
    at('undo-cancellation'),
    {
      config: { ...support, errors: COMMAND_ERRORS },
      schema: {
        operationId: 'undoCustomerCancellation',
        summary: 'Undo a cancellation at period end',
        headers: CommandHeaders,
        tags,
        params,
        body: WithReason,
        response: { 200: Accepted, ...UNDER_WAY },
      },
    },
    async (request) => {
      await undoCancellation(deps, orderOf(request, request.params.id), request.body.reason);
      return { accepted: true };
    },
  );
}

export function adminCommandRoutes(app: App, deps: AppDeps): void {
  onboardingCommands(app, deps);
  trialCommands(app, deps);
  endCommands(app, deps);
}
