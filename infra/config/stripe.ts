import { ConfigError, type Settings } from '../settings.ts';
import { modeOfKey } from './forms.ts';
import { WEB } from './sections.ts';
import { PRICE_PREFIX } from './table.ts';
import type { Config } from './types.ts';

/** Which events are accepted and whether time can be moved, for a process that has no key to derive it from. */
export function readStripeMode(settings: Settings): Omit<Config['stripe'], 'secretKey' | 'webhookSecret'> {
  const live =
    settings.matching('STRIPE_MODE', (mode) => mode === 'live' || mode === 'test', 'live or test') === 'live';
  const testClocks = settings.flag('STRIPE_TEST_CLOCKS', false);
  if (live && testClocks) throw new ConfigError('STRIPE_TEST_CLOCKS must not be true in live mode.');
  const apiBase = settings.url('STRIPE_API_BASE', WEB);
  if (live && apiBase?.startsWith('http:') === true)
    throw new ConfigError('STRIPE_API_BASE must be an https address in live mode: the key would travel in clear.');
  return { live, testClocks, apiBase };
}

function readPrices(settings: Settings): Readonly<Record<string, string>> {
  const given = Object.entries(settings.startingWith(PRICE_PREFIX)).filter(([, id]) => id.trim() !== '');
  for (const [name, id] of given)
    if (!/^(price|plan)_\w{1,250}$/.test(id))
      throw new ConfigError(`${name} must be the id of a price in Stripe (price_…), not "${id}".`);
  return Object.fromEntries(given);
}

export function readStripe(settings: Settings): Omit<Config['stripe'], 'webhookSecret'> {
  const secretKey = settings.need('STRIPE_SECRET_KEY', 'STRIPE_API_KEY');
  if (!/^(sk|rk)_(test|live)_\w+$/.test(secretKey))
    throw new ConfigError('STRIPE_SECRET_KEY must be a Stripe secret or restricted key (sk_test_… or sk_live_…).');
  const mode = readStripeMode(settings);
  const ofKey = modeOfKey(secretKey);
  // The API goes by the mode: with a wrong one it would park every event.
  if (mode.live !== (ofKey === 'live'))
    throw new ConfigError(`STRIPE_MODE must be ${ofKey}, as STRIPE_SECRET_KEY is, for every process.`);
  const pilotCoupon = settings.text('STRIPE_PILOT_COUPON');
  return { secretKey, ...mode, prices: readPrices(settings), pilotCoupon };
}

/** Whether Stripe itself takes the place of the emulator. @throws ConfigError when only one of the two is set. */
export function hasRealStripe(settings: Settings): boolean {
  const key = settings.text('STRIPE_SECRET_KEY', 'STRIPE_API_KEY') !== undefined;
  const secret = settings.text('STRIPE_WEBHOOK_SECRET') !== undefined;
  const missing = key ? 'STRIPE_WEBHOOK_SECRET' : 'STRIPE_SECRET_KEY';
  if (key !== secret) throw new ConfigError(`${missing} must be set too, or neither of the two.`);
  return key;
}
