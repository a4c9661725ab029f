import { deliveryAddress, emailProblem, normaliseEmail } from '../../../infra/input/email-address.ts';

test.each([
  ['Ada@Example.COM', 'ada@example.com'],
  [' ada@example.com ', 'ada@example.com'],
  ['ada+tag@example.com', 'ada+tag@example.com'],
  ['ada@münchen.de', 'ada@xn--mnchen-3ya.de'],
  ['ada@XN--MNCHEN-3YA.de', 'ada@xn--mnchen-3ya.de'],
])('%p is %p', (address, expected) => {
  expect(normaliseEmail(address)).toBe(expected);
});

test.each([
  '',
  'ada',
  'ada@',
  '@example.com',
  'ada@example',
  'ada@exam ple.com',
  'ada@example.com, eve@example.com',
  'Ada <ada@example.com>',
  'ada@ex\u200bample.com',
  'ａda@example.com',
  'ada@exampℓe.com',
  `${'a'.repeat(65)}@example.com`,
])('%p is no address we take', (address) => {
  expect(normaliseEmail(address)).toBeUndefined();
});

test('a dotless i stays another letter', () => {
  expect(normaliseEmail('mıke@example.com')).not.toBe(normaliseEmail('mike@example.com'));
  expect(normaliseEmail('MİKE@example.com')).not.toBe(normaliseEmail('mike@example.com'));
});

test.each([
  ['info@bücher.example', 'info@xn--bcher-kva.example'],
  ['Ada@Example.com', 'Ada@example.com'],
  [' ada@example.com ', 'ada@example.com'],
  ['not an address', 'not an address'],
])('mail for %p goes to %p', (address, delivered) => {
  expect(deliveryAddress(address)).toBe(delivered);
});

test('an address that no mail service takes is refused in a sentence', () => {
  expect(emailProblem('info@bücher.example')).toBeUndefined();
  expect(emailProblem('jörg@example.com')).toMatch(/^Mail cannot be sent/);
  expect(emailProblem('a\ud800@b.cc')).toBe('Invalid email format');
});
