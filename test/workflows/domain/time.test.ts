import { DAY_MS, daysUntil } from '../../../workflows/domain/time.ts';

test.each([
  [7, 7],
  [6.99, 7],
  [6, 6],
  [0.3, 1],
  [0, 0],
  [-3, 0],
])('%d days before the end one counts %i', (before, counted) => {
  const end = Date.parse('2027-03-15T12:00:00.000Z');
  expect(daysUntil(end, end - before * DAY_MS)).toBe(counted);
});
