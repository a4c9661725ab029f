import { describe as inWords } from './compare.ts';
import { year } from './run.ts';

test('a few customers live two months as the published rules say, day by day', async () => {
  const { differences } = await year({ seed: 29, customers: [0, 1, 2, 3, 4, 5], days: 60, lanes: 6 });
  expect(inWords(differences)).toBe('');
});
