import { readPosition } from '../../../infra/db/repositories/record-laps.ts';
import { nextOfLap, type Page } from '../../../infra/sweepers/lap.ts';
import { createApiHarness, type ApiHarness } from '../../api/harness.ts';

let harness: ApiHarness;
beforeAll(async () => {
  harness = await createApiHarness();
});
afterAll(() => harness.stop());

const compare = () => Promise.resolve();
const round = (page: (position: string | null) => Promise<Page>) =>
  nextOfLap(harness.database, 'a source', { page, compare });
const ends = (next: string | null) => () => Promise.resolve({ ids: ['one', 'two'], next });
const fails = () => Promise.reject(new Error('No such customer: cus_1'));

test('a lap goes on where it was, and begins again when its place is not taken any more', async () => {
  expect(await round(ends('cus_1'))).toBe(2);
  expect(await readPosition(harness.database, 'a source')).toBe('cus_1');
  await expect(round(fails)).rejects.toThrow('No such customer');
  expect(await readPosition(harness.database, 'a source')).toBe('');
  await round(ends('cus_2'));
  await round(ends(null));
  expect(await readPosition(harness.database, 'a source')).toBeNull();
});
