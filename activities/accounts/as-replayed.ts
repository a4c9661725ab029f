import type { Database } from '../../infra/db/database.ts';
import { readCorrection } from '../../infra/db/repositories/corrections.ts';
import { getCustomer, type Customer } from '../../infra/db/repositories/customers.ts';
import { daysAfter, iso } from '../../workflows/domain/time.ts';
import { correctedValues, refused } from '../../infra/customers/corrected.ts';

export interface Replayed {
  readonly customerId: string;
  /** The id of a correction that was stored for a dry run. */
  readonly correctionId?: string | undefined;
  readonly trialBeginsAnew: boolean;
}

/**
 * The customer as a replay would change them before its first step. Changes nothing.
 * @throws CommandRefused for a correction that is not possible
 */
export async function customerAsReplayed(database: Database, replayed: Replayed): Promise<Customer> {
  const customer = await getCustomer(database, replayed.customerId);
  const { standing, clockOffsetMs, terms } = customer;
  const now = iso(Date.now() + clockOffsetMs);
  return {
    ...customer,
    standing: standing === 'failed' ? 'pending' : standing,
    ...(replayed.trialBeginsAnew && { trialEndsAt: new Date(daysAfter(now, terms.trialDays)) }),
    ...(await corrections(database, customer, replayed.correctionId)),
  };
}

async function corrections(database: Database, customer: Customer, correctionId: string | undefined) {
  if (correctionId === undefined) return {};
  const patch = await readCorrection(database, { customerId: customer.customerId, correctionId, preview: true });
  if (!patch) throw refused(`There is no correction ${correctionId} to look at.`);
  return correctedValues(customer, patch);
}
