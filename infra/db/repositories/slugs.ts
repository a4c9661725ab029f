import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { isReserved } from '../../input/slug.ts';
import type { Queryable } from '../database.ts';

/** The message when somebody requests one of them. */
export const SLUG_TAKEN = 'That slug is taken or reserved. Choose another.';

const hashOf = (slug: string): string => createHash('sha256').update(slug).digest('hex');

/**
 * Those of the slugs that nobody can have now: the platform's own, those a customer has, and those a customer had until
 * a while ago, because devices and links of theirs may still call there.
 */
export async function takenSlugs(db: Queryable, slugs: readonly string[]): Promise<ReadonlySet<string>> {
  const byHash = new Map(slugs.map((slug) => [hashOf(slug), slug]));
  const [ofCustomers, heldBack] = await Promise.all([
    sql<{ slug: string }>`select slugs_in_use(${sql.val(slugs)}::text[]) as slug`.execute(db),
    db
      .selectFrom('freedSlugs')
      .select('slugHash')
      .where('slugHash', 'in', [...byHash.keys()])
      .execute(),
  ]);
  const taken = [...ofCustomers.rows.map(({ slug }) => slug), ...heldBack.map(({ slugHash }) => byHash.get(slugHash))];
  return new Set([...slugs.filter(isReserved), ...taken.filter((slug) => slug != null)]);
}

/** Holds a customer's slug back from now on, before it is taken from them. Only its hash stays: it may be a name. */
export async function holdSlugBack(db: Queryable, customerId: string): Promise<void> {
  await sql`
    insert into freed_slugs (slug_hash)
    select encode(sha256(convert_to(slug, 'UTF8')), 'hex') from customers
    where customer_id = ${customerId} and slug is not null
    on conflict (slug_hash) do update set freed_at = now()`.execute(db);
}
