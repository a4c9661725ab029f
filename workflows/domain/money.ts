/** Where an amount counts whole units: Stripe's zero-decimal currencies. */
const WHOLE = ['bif', 'clp', 'djf', 'gnf', 'jpy', 'kmf', 'krw', 'mga', 'pyg', 'rwf', 'vnd', 'vuv', 'xaf', 'xof', 'xpf'];
/** Where it counts thousandths, of which Stripe takes only tens. */
const THOUSANDTHS = ['bhd', 'jod', 'kwd', 'omr', 'tnd'];
/** They have no smaller part any more; Stripe still counts in hundredths of them, and takes only whole ones. */
const FORMERLY_HUNDREDTHS = ['isk', 'ugx'];

/** How many digits after the point an amount of this currency has in Stripe. */
const decimalsOf = (currency: string): 0 | 2 | 3 =>
  WHOLE.includes(currency) ? 0 : THOUSANDTHS.includes(currency) ? 3 : 2;

/** Of what an amount in this currency must be a multiple. */
export const stepOf = (currency: string): 1 | 10 | 100 =>
  THOUSANDTHS.includes(currency) ? 10 : FORMERLY_HUNDREDTHS.includes(currency) ? 100 : 1;

/** An amount of cents, or of whatever is the smallest unit that Stripe counts, in units of the currency. */
export const inUnits = (cents: number, currency: string): number => cents / 10 ** decimalsOf(currency);

/** `99.00 USD`, `2900 JPY` */
export const money = (cents: number, currency: string): string =>
  `${inUnits(cents, currency).toFixed(decimalsOf(currency))} ${currency.toUpperCase()}`;
