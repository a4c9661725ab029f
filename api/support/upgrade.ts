import type { Customer } from '../../infra/db/repositories/customers.ts';
import type { ChargeWhen } from '../../workflows/domain/billing-state.ts';
import { findProfile, isFree, type Cycle, type Plan } from '../../workflows/domain/profiles/index.ts';
import { priceToSubscribe } from '../../workflows/domain/terms.ts';
import { priceProblems } from '../accounts/price-rules.ts';
import type { AppDeps } from '../http/deps.ts';
import { invalid } from '../http/errors.ts';
import { agreedPrice } from './agreed-price.ts';
import { refused, sendCommand } from './commands.ts';
import { livingCustomer, recordCommand, type CommandRequest } from './customer-commands.ts';

async function convertTrial(deps: AppDeps, command: CommandRequest, chargeWhen: ChargeWhen): Promise<string> {
  const who = await recordCommand(deps, command, 'convertTrial', { details: { chargeWhen } });
  const { checkoutUrl } = await sendCommand(deps, command.customerId, 'convertTrial', { ...who, chargeWhen }, command);
  return checkoutUrl;
}

/** The plan that a customer on the free plan asked for; they need not say which when only one is sold. */
function planToBuy({ profile: name }: Customer, wanted: string | undefined): Plan {
  const sold = findProfile(name).plans.filter((plan) => !isFree(plan));
  const chosen = wanted === undefined && sold.length === 1 ? sold[0] : sold.find(({ id }) => id === wanted);
  if (chosen !== undefined) return chosen;
  const message = `plan must be one of: ${sold.map(({ id }) => id).join(', ')}.`;
  throw invalid('The request is not valid', [{ field: 'plan', message }], 422);
}

async function subscribe(
  deps: AppDeps,
  command: CommandRequest,
  {
    customer,
    plan,
    cycle = 'monthly',
  }: { readonly customer: Customer; readonly plan: Plan; readonly cycle?: Cycle | undefined },
): Promise<string> {
  const profile = findProfile(customer.profile);
  const currency = priceToSubscribe(customer.terms, profile, plan)?.currency;
  const problems = priceProblems(profile, plan, { cycle, currency });
  if (problems.length > 0) throw invalid('The request is not valid', problems, 422);
  const wish = { plan: plan.id, ...(cycle !== 'monthly' && { cycle }) };
  const who = await recordCommand(deps, command, 'subscribe', { details: wish });
  const { checkoutUrl } = await sendCommand(deps, command.customerId, 'subscribe', { ...who, ...wish }, command);
  return checkoutUrl;
}

/** Plan and cycle are for those on the free plan. Everybody else pays for what they have. */
export interface UpgradeRequest {
  readonly charge?: ChargeWhen | undefined;
  readonly plan?: string | undefined;
  readonly cycle?: Cycle | undefined;
}

const NO_TRIAL = { field: 'charge', message: 'There is no trial, so the first charge is now. Leave charge out.' };

async function leaveFreePlan(
  deps: AppDeps,
  command: CommandRequest,
  customer: Customer,
  { charge, plan, cycle }: UpgradeRequest,
): Promise<string> {
  if (charge === 'at_trial_end') throw invalid('The request is not valid', [NO_TRIAL], 422);
  return subscribe(deps, command, { customer, plan: planToBuy(customer, plan), cycle });
}

const notThisPlan = ({ phase, plan }: Customer): Error =>
  phase === 'onboarding'
    ? refused('Your account is still being set up. Try again in a minute.')
    : refused(`You have the ${plan} plan; it is the only one you can pay for now.`);

/** @returns where the customer pays, or gives a payment method: Stripe's own page */
export async function upgrade(
  deps: AppDeps,
  command: CommandRequest,
  { charge, plan, cycle }: UpgradeRequest,
): Promise<string> {
  const customer = await livingCustomer(deps, command.customerId);
  if (customer.phase === 'free') return leaveFreePlan(deps, command, customer, { charge, plan, cycle });
  if (plan !== undefined && plan !== customer.plan) throw notThisPlan(customer);
  const agreed = agreedPrice(customer.terms)?.cycle;
  if (cycle !== undefined && agreed !== undefined && cycle !== agreed)
    throw refused(`Your plan has the billing cycle ${agreed}; it is the only one you can pay for now.`);
  return convertTrial(deps, command, charge ?? 'at_trial_end');
}
