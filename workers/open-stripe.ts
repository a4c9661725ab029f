import type { Logger } from 'pino';
import type Stripe from 'stripe';
import { problemsOfGiven } from '../activities/billing/given-prices.ts';
import { createStripeClient } from '../activities/billing/stripe-client.ts';
import { ConfigError, type LifecycleConfig } from '../infra/config.ts';
import type { Profile } from '../workflows/domain/profiles/index.ts';

/**
 * The client, once the prices that the settings name are those of the catalogue. While Stripe is away that is looked at
 * with each use alone. @throws ConfigError where they are not
 */
export async function openStripe(
  config: LifecycleConfig['stripe'],
  products: readonly { readonly profile: Profile }[],
  logger: Logger,
): Promise<Stripe> {
  const stripe = createStripeClient(config);
  const [problem] = await problemsOfGiven(
    stripe,
    config,
    products.map(({ profile }) => profile),
  ).catch((error: unknown) => {
    logger.warn({ err: error }, 'the prices of the settings could not be looked at');
    return [];
  });
  if (problem !== undefined) throw new ConfigError(problem);
  return stripe;
}
