import { describe as inWords } from './compare.ts';
import { year } from './run.ts';

test('customers live more than a year as the published rules say, day by day', async () => {
  const customers = Array.from({ length: 12 }, (_, customer) => customer);
  const { differences } = await year({ seed: 30, customers, days: 400, lanes: 12 });
  expect(inWords(differences)).toBe('');
});
