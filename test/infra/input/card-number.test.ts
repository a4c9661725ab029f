import { looksLikeCardNumber } from '../../../infra/input/card-number.ts';

test.each([
  ['4242424242424242', true],
  ['4242 4242-4242 4242', true],
  ['house 12, 4242 4242 4242 4242', true],
  ['12 4242 4242 4242 4242', true],
  ['4242 4242 4242 4242 123', true],
  ['x378282246310005x', true],
  ['3782 822463 10005', true],
  ['3056 930902 5904', true],
  ['6011\u00a01111\u20111111\u00a01117', true],
  ['３５６６００２０２０３６０５０５', true],
  ['５５５５ ５５５５ ５５５５ ４４４４', true],
  ['㊷㊷㊷㊷㊷㊷㊷㊷', true],
  ['2223003122003222', true],
  ['6205500000000000004', true],
  ['6759649826438453', true],
  ['4222222222222', true],
  ['4242424242424241', false],
  ['1795255376912', false],
  ['2026112704273419', false],
  ['+49 170 1234567', false],
  ['case-3434567890-34345@example.com', false],
  ['order 4242 of 4242 and 4242, 4242', false],
  ['42424242424242424242', false],
  ['cust_4a3ff7ee-67fe-4a80-9d1c-0d13dbb4f7a1', false],
  ['cust_42424242-4242-4242-4242-424242424242', false],
  ['cust_abcd4242-4242-4242-4242-a1d2d3d4d5d6', false],
  ['424242424242', false],
])('%p is a card number: %p', (text, expected) => {
  expect(looksLikeCardNumber(text)).toBe(expected);
});
