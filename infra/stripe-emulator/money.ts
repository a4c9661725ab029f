const WHOLE = ['bif', 'clp', 'djf', 'gnf', 'jpy', 'kmf', 'krw', 'mga', 'pyg', 'rwf', 'vnd', 'vuv', 'xaf', 'xof', 'xpf'];
const THOUSANDTHS = ['bhd', 'jod', 'kwd', 'omr', 'tnd'];

/** How many digits after the point an amount of this currency has. */
const decimalsOf = (currency: string): number =>
  WHOLE.includes(currency) ? 0 : THOUSANDTHS.includes(currency) ? 3 : 2;

const inUnits = (amount: number, currency: string): number => amount / 10 ** decimalsOf(currency);

/** `99.00 USD` */
export const money = (amount: number, currency: string): string =>
  `${inUnits(amount, currency).toFixed(decimalsOf(currency))} ${currency.toUpperCase()}`;

/** `$99.00`, as on a page. */
export const price = (amount: number, currency: string): string =>
  new Intl.NumberFormat('en', { style: 'currency', currency: currency.toUpperCase() }).format(
    inUnits(amount, currency),
  );
