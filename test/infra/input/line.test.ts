import { isLine, isName } from '../../../infra/input/line.ts';

test.each([
  'Acme',
  'Acmé & Söhne',
  'O’Brien "Ltd." (1815) / 2',
  '株式会社',
  'Node.js Foundation',
  'St. Gallen Ltd.',
  'Inc.',
  'A.B.C. Ltd',
  'https',
  'می\u200cخواهم',
  'क्\u200dष',
  '👩 Bakery',
  'モーニング娘。',
  'Data: Labs',
  'Release 1.2.3',
  '',
  '  ',
])('%j is a name', (name) => {
  expect(isName(name)).toBe(true);
});

test.each([
  'a\u2028b',
  'a\u2029b',
  'a\r\nBcc: b',
  'a\u001b[31m',
  'a\u0085b',
  'a\ud800',
  '\u200b',
  '\u202etxt.exe',
  '\u2066Acme',
  'Ac\u00adme',
  'Ac\u200dme',
  '\u3164',
  '\u2800\u2800',
  '\u0301',
  'You won 500 EUR https://evil.example/x',
  'evil.example/cancel',
  'www.evil.example',
  'Cancel: evil.com',
  'evil．com',
  'ada@example.com',
  'evil\u3002com',
  'evil\uff61com',
  'bit\u3002ly/x',
  'EVIL\u2024COM',
  '203.0.113.9',
  'pay at 203\u30020.113.9',
  'mailto:x',
  'http:x',
  'tel:+49',
  'evil.\ufe0fcom',
  'evil.co\u034fm',
  'evil.com\u{e0100}',
  'evil.com\u2215login',
  'evil.com\u2044login',
  'sip:bob@x',
  'whatsapp:send',
  'localhost:3000/x',
])('%j is none', (name) => {
  expect(isName(name)).toBe(false);
});

test('a line may hold a link, which a name may not', () => {
  expect(isLine('see https://example.com/x')).toBe(true);
  expect(isLine('a\u2028b')).toBe(false);
});
