import { money as onPages } from '../../../api/pages/views/words.ts';
import { money } from '../../../workflows/domain/money.ts';

test.each([
  [9_900, 'usd', '99.00 USD', '$99'],
  [28_884, 'eur', '288.84 EUR', '€288.84'],
  [2_900, 'jpy', '2900 JPY', '¥2,900'],
  [5_000, 'mga', '5000 MGA', 'MGA 5,000'],
  [5_120, 'kwd', '5.120 KWD', 'KWD 5.120'],
  [50_000, 'isk', '500.00 ISK', 'ISK 500'],
])('%d of %s is %s, and %s on a page', (cents, currency, text, page) => {
  expect(money(cents, currency)).toBe(text);
  expect(onPages(cents, currency).replace('\u00a0', ' ')).toBe(page);
});
