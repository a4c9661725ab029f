import { describe as inWords } from './compare.ts';
import { year } from './run.ts';

test('a few customers live six weeks as the published rules say, day by day', async () => {
  const { differences } = await year({ seed: 176, customers: [0, 1, 2], days: 45, lanes: 3 });
  expect(inWords(differences)).toBe('');
});
