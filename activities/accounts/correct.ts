import { ApplicationFailure } from '@temporalio/common';
import pg from 'pg';
import type { Database } from '../../infra/db/database.ts';
import { correctCustomer, getCustomer } from '../../infra/db/repositories/customers.ts';
import { readCorrection } from '../../infra/db/repositories/corrections.ts';
import { normaliseEmail } from '../../infra/email-address.ts';
import { CORRECTABLE, type Correctable } from '../../workflows/domain/onboarding-plan.ts';
import { findPlan, findProfile } from '../../workflows/domain/profiles/index.ts';
import type { Terms } from '../../workflows/domain/terms.ts';

const refused = (sentence: string): ApplicationFailure => ApplicationFailure.nonRetryable(sentence, 'CommandRefused');

const TAKEN: Readonly<Record<string, string>> = {
  customers_slug_key: 'Another customer has that slug. Choose another.',
  customers_email_norm_key: 'Another customer has that address. Correct it, or cancel the other one first.',
};

/**
 * Applies a correction that support has stored. Applying it again changes nothing.
 * @returns which particulars changed, and the new terms when the plan did
 * @throws CommandRefused when it cannot be had
 */
export async function applyCorrection(
  database: Database,
  { customerId, correctionId }: { readonly customerId: string; readonly correctionId: string },
): Promise<{ readonly fields: readonly Correctable[]; readonly terms: Terms | null }> {
  const patch = await readCorrection(database, customerId, correctionId);
  if (!patch) throw refused(`There is no correction ${correctionId}.`);
  const { terms: before } = await getCustomer(database, customerId);
  const terms = patch.plan === undefined ? null : withPlan(before, patch.plan);
  const { email, ...plain } = patch;
  const address = email === undefined ? {} : readAddress(email);
  try {
    await correctCustomer(database, customerId, {
      ...plain,
      ...address,
      ...(terms ? { terms: JSON.stringify(terms) } : {}),
    });
  } catch (error) {
    const sentence = error instanceof pg.DatabaseError && error.constraint ? TAKEN[error.constraint] : undefined;
    throw sentence === undefined ? error : refused(sentence);
  }
  return { fields: CORRECTABLE.filter((field) => patch[field] !== undefined), terms };
}

function readAddress(email: string): { readonly email: string; readonly emailNorm: string } {
  const emailNorm = normaliseEmail(email);
  if (emailNorm === undefined) throw refused('Invalid email format');
  return { email, emailNorm };
}

function withPlan(terms: Terms, planId: string): Terms {
  const profile = findProfile(terms.profile);
  const plan = findPlan(profile, planId);
  if (!plan) throw refused(`There is no plan "${planId}". Plans: ${profile.plans.map(({ id }) => id).join(', ')}.`);
  return { ...terms, plan: plan.id, maxDevices: plan.maxDevices };
}
