import { isInstant, readInstant } from '../../../infra/input/instant.ts';

test.each([
  '2026-12-24T00:00:00Z',
  '2026-12-24T00:00:00.123456+05:30',
  '0001-01-01T00:00:00Z',
  '2028-02-29T23:59:59-12:00',
])('%s is an instant', (text) => {
  expect(isInstant(text)).toBe(true);
});

test.each([
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00+01:00',
  '9999-12-31T23:59:59-01:00',
  '2026-01-01T00:00:00+23:59',
  '2026-02-30T00:00:00Z',
  '2026-01-01T24:01:00Z',
  '2026-01-01T24:00:00Z',
  '2026-01-01T00:00:60Z',
  '2026-01-01',
  '+275760-09-13T00:00:00Z',
  'tomorrow',
  '',
])('%j is none', (text) => {
  expect(isInstant(text)).toBe(false);
});

test('people may type a day', () => {
  expect(readInstant(' 2026-12-24 ')).toBe('2026-12-24T00:00:00.000Z');
  expect(readInstant('2026-12-24T01:00:00+01:00')).toBe('2026-12-24T00:00:00.000Z');
  expect(readInstant('12/24/2026')).toBeUndefined();
});
