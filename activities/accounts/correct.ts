import pg from 'pg';
import type { Database } from '../../infra/db/database.ts';
import { endWaysInByMail } from '../../infra/db/repositories/access.ts';
import { holdAccount } from '../../infra/db/repositories/accounts.ts';
import { BOUNCED, hasBouncedMail, resolveAlerts } from '../../infra/db/repositories/alerts.ts';
import { appendAudit, isAudited } from '../../infra/db/repositories/audit.ts';
import { correctCustomer, followAlerts, getCustomer, type Customer } from '../../infra/db/repositories/customers.ts';
import { ADDRESS_CORRECTED, readCorrection } from '../../infra/db/repositories/corrections.ts';
import { SLUG_TAKEN, takenSlugs } from '../../infra/db/repositories/slugs.ts';
import { NOTHING_BOUNCED, onlyToCorrect } from '../../workflows/domain/late-replay.ts';
import { CORRECTABLE, type Correctable } from '../../workflows/domain/steps.ts';
import type { Terms } from '../../workflows/domain/terms.ts';
import { correctedValues, refused, type CorrectedValues } from '../../infra/customers/corrected.ts';

const TAKEN: Readonly<Record<string, string>> = {
  customers_slug_key: SLUG_TAKEN,
  customers_email_norm_key: 'Another customer has that address. Correct it, or cancel the other one first.',
};

interface CorrectionInput {
  readonly customerId: string;
  readonly correctionId: string;
  /** What may be corrected now; everything if absent. */
  readonly allowed?: readonly Correctable[];
  /** Only if a mail to their address bounced: there is no other reason to change it then. */
  readonly ifMailBounced?: true;
}

interface Applied {
  readonly fields: readonly Correctable[];
  /** When the plan changed. */
  readonly terms: Terms | null;
  /** Whether the address has changed: nothing has been sent to the new one yet. */
  readonly newAddress?: true;
}

async function refuseUnlessBounced(
  database: Database,
  { customerId, correctionId, ifMailBounced }: CorrectionInput,
): Promise<void> {
  // An earlier attempt has already resolved the alert.
  if (!ifMailBounced || (await isAudited(database, customerId, ADDRESS_CORRECTED, { correctionId }))) return;
  if (!(await hasBouncedMail(database, customerId))) throw refused(NOTHING_BOUNCED);
}

async function refuseTakenSlug(database: Database, before: Customer, { slug }: CorrectedValues): Promise<void> {
  if (slug == null || slug === before.slug) return;
  if ((await takenSlugs(database, [slug])).has(slug)) throw refused(SLUG_TAKEN);
}

/**
 * Applies a correction that support has stored. Applying it again changes nothing. Links mailed to the wrong address
 * stop working.
 * @throws CommandRefused when it is not possible
 */
export async function applyCorrection(database: Database, input: CorrectionInput): Promise<Applied> {
  const { customerId, correctionId, allowed = CORRECTABLE } = input;
  const patch = await readCorrection(database, { customerId, correctionId, preview: false });
  if (!patch) throw refused(`There is no correction ${correctionId}.`);
  const fields = CORRECTABLE.filter((field) => patch[field] !== undefined);
  if (!fields.every((field) => allowed.includes(field))) throw refused(onlyToCorrect(allowed));
  await refuseUnlessBounced(database, input);
  const before = await getCustomer(database, customerId);
  const { terms, ...values } = correctedValues(before, patch);
  await refuseTakenSlug(database, before, values);
  try {
    await database.transaction().execute(async (db) => {
      await holdAccount(db, customerId);
      await correctCustomer(db, customerId, { ...values, ...(terms && { terms: JSON.stringify(terms) }) });
      if (values.emailNorm === undefined || values.emailNorm === before.emailNorm) return;
      await endWaysInByMail(db, customerId);
      await resolveAlerts(db, customerId, BOUNCED);
      await followAlerts(db, customerId);
      const event = { action: ADDRESS_CORRECTED, details: { correctionId } };
      await appendAudit(db, { customerId, actor: 'system', ...event });
    });
  } catch (error) {
    const sentence = error instanceof pg.DatabaseError && error.constraint ? TAKEN[error.constraint] : undefined;
    throw sentence === undefined ? error : refused(sentence);
  }
  // Judged by what is stored, not by what was done now: an earlier attempt may have done it.
  const corrected = await isAudited(database, customerId, ADDRESS_CORRECTED, { correctionId });
  return { fields, terms: terms ?? null, ...(corrected && { newAddress: true }) };
}
