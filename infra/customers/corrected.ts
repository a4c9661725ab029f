import { ApplicationFailure } from '@temporalio/common';
import type { CorrectionPatch } from '../db/repositories/corrections.ts';
import type { Customer } from '../db/repositories/customers.ts';
import { normaliseEmail } from '../input/email-address.ts';
import { REFUSED } from '../../workflows/contract/commands.ts';
import { isOnFreePlan } from '../../workflows/domain/free-plan.ts';
import { findPlan, findProfile, isFree } from '../../workflows/domain/profiles/index.ts';
import { ofPlan, priceAgreed, priceInstead, type Terms } from '../../workflows/domain/terms.ts';

export const refused = (sentence: string): ApplicationFailure => ApplicationFailure.nonRetryable(sentence, REFUSED);

export type CorrectedValues = Partial<
  Pick<Customer, 'companyName' | 'slug' | 'plan' | 'region' | 'email' | 'emailNorm' | 'terms'>
>;

/** The customer's details after a correction. @throws CommandRefused when it is not possible */
export function correctedValues(
  customer: Pick<Customer, 'profile' | 'terms'>,
  patch: CorrectionPatch,
): CorrectedValues {
  const { profile, terms } = customer;
  const { email, plan, region } = patch;
  return {
    ...patch,
    ...(email !== undefined && readAddress(email)),
    ...(plan !== undefined && { terms: withPlan(terms, plan) }),
    ...(region !== undefined && { region: knownRegion(profile, region) }),
  };
}

function readAddress(email: string): Pick<Customer, 'email' | 'emailNorm'> {
  const emailNorm = normaliseEmail(email);
  if (emailNorm === undefined) throw refused('Invalid email format');
  return { email, emailNorm };
}

/** The plan they have is not a change of plan, whatever it costs by now. */
function withPlan(terms: Terms, planId: string): Terms {
  if (planId === terms.plan) return terms;
  const profile = findProfile(terms.profile);
  const plan = findPlan(profile, planId);
  if (!plan) throw refused(`There is no plan "${planId}". Plans: ${profile.plans.map(({ id }) => id).join(', ')}.`);
  if (isFree(plan) !== isOnFreePlan(terms))
    throw refused(
      'A plan with a trial can only be replaced by another plan with a trial: customers of other plans have different steps.',
    );
  const price = priceInstead(terms, profile, plan);
  if (!price) {
    const { cycle = 'monthly', currency = profile.currency } = priceAgreed(terms, profile) ?? {};
    throw refused(
      `The plan "${planId}" has no ${cycle} price in ${currency.toUpperCase()}, which is how this customer pays.`,
    );
  }
  return { ...terms, ...ofPlan(plan, price) };
}

function knownRegion(profile: string, region: string): string {
  const { regions } = findProfile(profile);
  if (!regions.includes(region)) throw refused(`There is no region "${region}". Regions: ${regions.join(', ')}.`);
  return region;
}
