import { isKnownProfile } from '../../workflows/domain/profiles/index.ts';
import type { Database } from '../db/database.ts';
import { livingByProduct } from '../db/repositories/customer-records.ts';
import { ConfigError } from '../settings.ts';

const counted = (customers: number): string =>
  customers === 1 ? 'is 1 customer' : `are ${String(customers)} customers`;

/**
 * Refuses to serve customers of a product that this process was not given: it knows neither their plans nor their steps.
 * A process may start while Postgres is away; then nothing is refused.
 * @throws ConfigError
 */
export async function requireKnownProducts(database: Database): Promise<void> {
  const living = await livingByProduct(database).catch(() => []);
  const unknown = living.find(({ profile }) => !isKnownProfile(profile));
  if (unknown === undefined) return;
  const { profile, customers } = unknown;
  throw new ConfigError(
    `TENURE_PRODUCT: there ${counted(customers)} of the product "${profile}", which is not the one given. Start with the product they signed up for, or give this one its own state (TENURE_HOME, DATABASE_URL).`,
  );
}
