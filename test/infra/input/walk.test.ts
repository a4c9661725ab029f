import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { TooDeepError, eachText } from '../../../infra/input/walk.ts';

const BODY_BYTES = 65_536;
const BOUND_MS = 20;

const thread = new Worker(new URL('support/walk-cost.ts', import.meta.url));
afterAll(() => thread.terminate());

async function costMs(body: string): Promise<number> {
  thread.postMessage(body);
  const [cost] = (await once(thread, 'message')) as [number];
  return cost;
}

const digits = (length: number) => fc.stringMatching(new RegExp(`^[0-9]{${String(length)}}$`));
const separator = fc.constantFrom(' ', '-', '\u00a0', '\u2011', '  ', ',');
const groups = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 19 }).chain(digits), separator), { minLength: 1, maxLength: 8 })
  .map((parts) => parts.flat().join(''));
const almostCards = fc
  .tuple(fc.constantFrom('4242', '5555', '3782', '6011', '1', '4242424242424241'), separator)
  .map(([group, between]) => group + between);
const piece = fc.oneof(
  groups,
  almostCards,
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
  fc.constant('\ufdfa'),
);

const inQuotes = (text: string): string => JSON.stringify(text);
const times = (text: string): string => text.repeat(Math.floor((BODY_BYTES - 100) / Buffer.byteLength(text)));

const names = Array.from({ length: 3_000 }, (_, number) => String(number));

/** Ways to make a body of 64 KB out of one piece. */
const SHAPES: Readonly<Record<string, (piece: string) => string>> = {
  'one text': (text) => `{"a":"${times(inQuotes(text).slice(1, -1))}"}`,
  'one name': (text) => `{"${times(inQuotes(text).slice(1, -1))}":1}`,
  'a list of texts': (text) => `[${times(`${inQuotes(text)},`)}0]`,
  'many members': (text) => JSON.stringify(Object.fromEntries(names.map((name) => [name + text.slice(0, 8), 1]))),
  'a list of numbers': () => `[${times('1,')}0]`,
  'a list of long numbers': () => `[${times('4242424242424241,')}0]`,
  'a list of lists': () => `[${times('[1],')}0]`,
  'a list of objects': () => `[${times('{"a":1},')}0]`,
  'lists in lists': () => '['.repeat(BODY_BYTES / 2) + ']'.repeat(BODY_BYTES / 2),
  'objects in objects': () => `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
  'wide, then deep': (text) => `${'['.repeat(31)}${times(`${inQuotes(text)},`)}0${']'.repeat(31)}`,
};

test('no body of 64 KB costs more than 20 ms of the thread, however it is made', async () => {
  const body = fc.record({ shape: fc.constantFrom(...Object.keys(SHAPES)), piece });
  const made = ({ shape, piece: text }: { shape: string; piece: string }): string => SHAPES[shape]?.(text) ?? '';
  for (const warmUp of fc.sample(body, 60)) await costMs(made(warmUp));
  await fc.assert(
    fc.asyncProperty(body, async (hostile) => {
      expect(await costMs(made(hostile))).toBeLessThan(BOUND_MS);
    }),
    { numRuns: 100, endOnFailure: true },
  );
});

const textsOf = (value: unknown): string[] => {
  const texts: string[] = [];
  eachText(value, (text) => texts.push(text));
  return texts;
};

test('every text is found: members, their names, numbers, in lists and objects', () => {
  const body = { a: ['b', { c: 4_242 }, null, true], d: '' };
  expect(textsOf(body).sort()).toEqual(['', '4242', 'a', 'b', 'c', 'd']);
});

test('32 levels are enough for anybody; one more is refused', () => {
  const levels = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));
  expect(textsOf(levels(32))).toEqual([]);
  expect(() => textsOf(levels(33))).toThrow(TooDeepError);
});
