import pg from 'pg';
import type { Database } from '../../infra/db/database.ts';
import { correctCustomer, getCustomer } from '../../infra/db/repositories/customers.ts';
import { readCorrection } from '../../infra/db/repositories/corrections.ts';
import { CORRECTABLE, type Correctable } from '../../workflows/domain/onboarding-plan.ts';
import type { Terms } from '../../workflows/domain/terms.ts';
import { correctedValues, refused } from './corrected.ts';

const TAKEN: Readonly<Record<string, string>> = {
  customers_slug_key: 'Another customer has that slug. Choose another.',
  customers_email_norm_key: 'Another customer has that address. Correct it, or cancel the other one first.',
};

interface CorrectionOrder {
  readonly customerId: string;
  readonly correctionId: string;
  /** What may be corrected now; all if absent. */
  readonly allowed?: readonly Correctable[];
}

/**
 * Applies a correction that support has stored. Applying it again changes nothing.
 * @returns which particulars changed, and the new terms when the plan did
 * @throws CommandRefused when it cannot be had
 */
export async function applyCorrection(
  database: Database,
  { customerId, correctionId, allowed = CORRECTABLE }: CorrectionOrder,
): Promise<{ readonly fields: readonly Correctable[]; readonly terms: Terms | null }> {
  const patch = await readCorrection(database, { customerId, correctionId, preview: false });
  if (!patch) throw refused(`There is no correction ${correctionId}.`);
  const fields = CORRECTABLE.filter((field) => patch[field] !== undefined);
  if (!fields.every((field) => allowed.includes(field)))
    throw refused(`Now only this can be corrected: ${allowed.join(', ')}.`);
  const { terms, ...values } = correctedValues(await getCustomer(database, customerId), patch);
  try {
    await correctCustomer(database, customerId, { ...values, ...(terms && { terms: JSON.stringify(terms) }) });
  } catch (error) {
    const sentence = error instanceof pg.DatabaseError && error.constraint ? TAKEN[error.constraint] : undefined;
    throw sentence === undefined ? error : refused(sentence);
  }
  return { fields, terms: terms ?? null };
}
