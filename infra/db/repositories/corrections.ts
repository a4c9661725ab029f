import { sql } from 'kysely';
import type { Correctable } from '../../../workflows/domain/steps.ts';
import type { Queryable } from '../database.ts';

/** New values of what support corrects. Stored before the command that names it is sent. */
export type CorrectionPatch = { readonly [field in Correctable]?: string };

/** The audit event of a customer's address that is another one now. */
export const ADDRESS_CORRECTED = 'address.corrected';

interface NewCorrection {
  readonly customerId: string;
  readonly patch: CorrectionPatch;
  readonly actor: string;
  /** Only for a dry run, and deleted after it. */
  readonly preview?: boolean;
}

export async function storeCorrection(
  db: Queryable,
  { customerId, patch, actor, preview = false }: NewCorrection,
): Promise<string> {
  const { correctionId } = await db
    .insertInto('corrections')
    .values({ customerId, actor, preview, patch: JSON.stringify(patch) })
    .returning('correctionId')
    .executeTakeFirstOrThrow();
  return correctionId;
}

interface CorrectionKey {
  readonly customerId: string;
  readonly correctionId: string;
  /** The kind of correction: one for a dry run is never applied. */
  readonly preview: boolean;
}

export async function readCorrection(
  db: Queryable,
  { customerId, correctionId, preview }: CorrectionKey,
): Promise<CorrectionPatch | undefined> {
  const row = await db
    .selectFrom('corrections')
    .select('patch')
    .where('correctionId', '=', correctionId)
    .where('customerId', '=', customerId)
    .where('preview', '=', preview)
    .executeTakeFirst();
  return row?.patch as CorrectionPatch | undefined;
}

export async function deletePreviewedCorrection(db: Queryable, correctionId: string): Promise<void> {
  await db.deleteFrom('corrections').where('correctionId', '=', correctionId).where('preview', '=', true).execute();
}

/** Deletes those of dry runs whose process died before it could delete them. */
export async function forgetOldPreviews(db: Queryable): Promise<void> {
  await db
    .deleteFrom('corrections')
    .where('preview', '=', true)
    .where('createdAt', '<', sql<Date>`now() - interval '10 minutes'`)
    .execute();
}
