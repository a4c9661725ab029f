import type { Correctable } from '../../../workflows/domain/onboarding-plan.ts';
import type { Queryable } from '../database.ts';

/** New values of what support corrects. Stored before the command that names it is sent (design §3). */
export type CorrectionPatch = { readonly [field in Correctable]?: string };

export async function storeCorrection(
  db: Queryable,
  {
    customerId,
    patch,
    actor,
  }: { readonly customerId: string; readonly patch: CorrectionPatch; readonly actor: string },
): Promise<string> {
  const { correctionId } = await db
    .insertInto('corrections')
    .values({ customerId, actor, patch: JSON.stringify(patch) })
    .returning('correctionId')
    .executeTakeFirstOrThrow();
  return correctionId;
}

export async function readCorrection(
  db: Queryable,
  customerId: string,
  correctionId: string,
): Promise<CorrectionPatch | undefined> {
  const row = await db
    .selectFrom('corrections')
    .select('patch')
    .where('correctionId', '=', correctionId)
    .where('customerId', '=', customerId)
    .executeTakeFirst();
  return row?.patch as CorrectionPatch | undefined;
}
