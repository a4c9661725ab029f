import { setTimeout as sleep } from 'node:timers/promises';
import { storeCorrection, type CorrectionPatch } from '../../infra/db/repositories/corrections.ts';
import { findCustomer, type Customer } from '../../infra/db/repositories/customers.ts';
import type { JsonObject } from '../../infra/db/schema.ts';
import type { CommandOrigin, CancelWhen, Commands, ReplayFrom } from '../../workflows/contract/commands.ts';
import { refused, sendCommand } from './commands.ts';
import { recordRequest } from './record-request.ts';
import type { AppDeps } from '../http/deps.ts';
import { ApiError, invalid, notFound } from '../http/errors.ts';
import { stepsOf } from '../../workflows/domain/core-steps.ts';
import { replayPlaces } from '../../workflows/domain/steps.ts';
import { hasPeriod, type Phase } from '../../workflows/domain/lifecycle.ts';

/** Who sends a command for which customer; the id makes a repeated request take effect once. */
export interface CommandRequest {
  readonly customerId: string;
  readonly actor: string;
  readonly commandId: string;
}

/** @throws ApiError 404, or 409 for a customer who has left */
export async function livingCustomer({ database }: AppDeps, customerId: string): Promise<Customer> {
  const customer = await findCustomer(database, customerId);
  if (!customer) throw notFound('customer');
  if (customer.phase === 'ended')
    throw new ApiError(409, { error: 'Not possible now', message: 'This customer has left.', code: 'customer_ended' });
  return customer;
}

/** What was typed is stored first; only the row's id travels. */
export async function recordCommand(
  { database }: AppDeps,
  command: CommandRequest,
  action: string,
  said: { readonly reason?: string | undefined; readonly details?: JsonObject },
): Promise<CommandOrigin> {
  const { reason, details = {} } = said;
  const { auditId } = await recordRequest(database, command, {
    action: `command.${action}`,
    details: { ...details, commandId: command.commandId },
    ...(reason === undefined ? {} : { reason }),
  });
  return { actor: command.actor, auditId };
}

export interface ReplayRequest {
  readonly from: ReplayFrom;
  readonly corrections: CorrectionPatch;
  readonly reason: string;
}

/** @throws ApiError 422 with the valid choices, unless a replay of this customer can begin there */
export function refuseUnknownStep({ terms }: Pick<Customer, 'terms'>, from: ReplayFrom): void {
  const places = replayPlaces(stepsOf(terms));
  if (places.includes(from)) return;
  const message = `from must be ${places.slice(0, -1).join(', ')} or ${places.at(-1) ?? ''}.`;
  throw invalid('The request is not valid', [{ field: 'from', message }], 422);
}

/** Runs a parked onboarding again, with corrections. */
export async function replayOnboarding(
  deps: AppDeps,
  command: CommandRequest,
  { from, corrections, reason }: ReplayRequest,
): Promise<Commands['resumeOnboarding']['result']> {
  refuseUnknownStep(await livingCustomer(deps, command.customerId), from);
  const fields = Object.keys(corrections);
  const who = await recordCommand(deps, command, 'resumeOnboarding', { reason, details: { from, fields } });
  const corrected =
    fields.length === 0
      ? {}
      : { correctionId: await storeCorrection(deps.database, { ...command, patch: corrections }) };
  return sendCommand(deps, command.customerId, 'resumeOnboarding', { ...who, from, ...corrected }, command);
}

export async function abandonOnboarding(deps: AppDeps, command: CommandRequest, reason: string): Promise<void> {
  await livingCustomer(deps, command.customerId);
  const who = await recordCommand(deps, command, 'abandonOnboarding', { reason });
  await sendCommand(deps, command.customerId, 'abandonOnboarding', who, command);
}

const WITHOUT_PERIOD: Readonly<Partial<Record<Phase, string>>> = {
  onboarding: 'The account is still being set up',
  free: 'The free plan does not end by itself',
  subscription: 'The subscription has ended',
};

export async function cancelCustomer(
  deps: AppDeps,
  command: CommandRequest,
  { when, reason }: { readonly when: CancelWhen; readonly reason?: string | undefined },
): Promise<Commands['cancel']['result']> {
  const customer = await livingCustomer(deps, command.customerId);
  // It would end them immediately, which must be requested explicitly.
  if (when === 'period_end' && !hasPeriod(customer)) {
    throw refused(
      `${WITHOUT_PERIOD[customer.phase] ?? 'The trial is over'}, so there is no period to wait for. Cancel it now instead.`,
    );
  }
  const who = await recordCommand(deps, command, 'cancel', { reason, details: { when } });
  return sendCommand(deps, command.customerId, 'cancel', { ...who, when }, command);
}

export async function undoCancellation(deps: AppDeps, command: CommandRequest, reason?: string): Promise<void> {
  await livingCustomer(deps, command.customerId);
  const who = await recordCommand(deps, command, 'undoCancellation', { reason });
  await sendCommand(deps, command.customerId, 'undoCancellation', who, command);
}

export async function extendTrial(
  deps: AppDeps,
  command: CommandRequest,
  { days, reason }: { readonly days: number; readonly reason: string },
): Promise<Commands['extendTrial']['result']> {
  await livingCustomer(deps, command.customerId);
  const who = await recordCommand(deps, command, 'extendTrial', { reason, details: { days } });
  return sendCommand(deps, command.customerId, 'extendTrial', { ...who, days }, command);
}

const MOST_PHASES = 40;
const HOP_MS = 100;

function refuseOnRealTime({ config }: AppDeps): void {
  if (config.stripe.live || !config.stripe.testClocks)
    throw new ApiError(409, {
      error: 'Not possible now',
      message: 'Time can only be moved with Stripe test keys and STRIPE_TEST_CLOCKS=true.',
      code: 'no_test_clock',
    });
}

/** For a customer who has left no workflow knows the clock: it was at the present, or ahead of it. */
function refuseBackwards({ now = () => new Date() }: AppDeps, to: string): void {
  if (Date.parse(to) < now().getTime()) throw refused('This customer has left. Their clock only moved forward.');
}

/**
 * Moves a customer's clock. Each call of the workflow ends at a change of phase, so it is called until the date is
 * reached or the customer has left.
 */
export async function advanceClock(
  deps: AppDeps,
  command: CommandRequest,
  to: string,
): Promise<{ readonly now: string; readonly reached: boolean; readonly phase: string }> {
  refuseOnRealTime(deps);
  if (!(await findCustomer(deps.database, command.customerId))) throw notFound('customer');
  await recordCommand(deps, command, 'advanceClock', { details: { to } });
  let now = to;
  for (let part = 1; part <= MOST_PHASES; part += 1) {
    const commandId = `${command.commandId}:${String(part)}`;
    const moved = await sendCommand(deps, command.customerId, 'advanceClock', { to }, { commandId }).catch(
      (error: unknown) => {
        if (!(error instanceof ApiError) || error.body.code !== 'customer_ended') throw error;
        refuseBackwards(deps, to);
        return { now, reached: true };
      },
    );
    now = moved.now;
    if (moved.reached) break;
    await sleep(HOP_MS);
  }
  const after = await findCustomer(deps.database, command.customerId);
  return { now, reached: Date.parse(now) >= Date.parse(to), phase: after?.phase ?? 'ended' };
}
