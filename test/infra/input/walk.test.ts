import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { TooDeepError, eachText } from '../../../infra/input/walk.ts';

const BODY_BYTES = 65_536;
const BOUND_MS = 20;

const thread = new Worker(new URL('support/walk-cost.ts', import.meta.url));
afterAll(() => thread.terminate());

interface Sent {
  readonly url: Url;
  readonly body: string;
}

async function costMs(sent: Sent): Promise<number> {
  thread.postMessage(sent);
  const [cost] = (await once(thread, 'message')) as [number];
  return cost;
}

/** Other processes can only make it slower, never faster: the least of a few measurements is the cost. */
async function leastCostMs(sent: Sent): Promise<number> {
  let least = await costMs(sent);
  for (let more = 0; least >= BOUND_MS && more < 9; more += 1) least = Math.min(least, await costMs(sent));
  return least;
}

const digits = (length: number) => fc.stringMatching(new RegExp(`^[0-9]{${String(length)}}$`));
const separator = fc.constantFrom(' ', '-', '\u00a0', '\u2011', '  ', ',');
const groups = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 19 }).chain(digits), separator), { minLength: 1, maxLength: 8 })
  .map((parts) => parts.flat().join(''));
const almostCards = fc
  .tuple(fc.constantFrom('4242', '5555', '3782', '6011', '1', '4242424242424241'), separator)
  .map(([group, between]) => group + between);
/** Inputs that make a pattern, a search for links or the ordering of marks start again at every position. */
const HOSTILE = ['a-', 'mailto:', 'a.', 'a@', 'http://', ' ', '\u0301', '\u0316\u0301', '\u200c', '\uff14', '\u2463'];
const piece = fc.oneof(
  fc.constantFrom(...HOSTILE),
  groups,
  almostCards,
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
  fc.constant('\ufdfa'),
);

const inQuotes = (text: string): string => JSON.stringify(text);
const times = (text: string): string => text.repeat(Math.floor((BODY_BYTES - 100) / Buffer.byteLength(text)));

/** Long runs that end in another character after all. */
const run = (text: string): string =>
  text.repeat(Math.floor((BODY_BYTES / 2 - 100) / Buffer.byteLength(inQuotes(text))));
const halves = (text: string): string => inQuotes(`${run(text)}${run('\u0316')}\u200b`);

const names = Array.from({ length: 3_000 }, (_, number) => String(number));

/** Ways to build a body of 64 KB from one piece. */
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
  'a company of one text': (text) => `{"company_name":"${times(inQuotes(text).slice(1, -1))}\u200b"}`,
  'a company of two halves': (text) => `{"company_name":${halves(text)}}`,
  'a person of one text': (text) => `{"full_name":"${times(inQuotes(text).slice(1, -1))}\u200b"}`,
  'an address of two halves': (text) => `{"email":${halves(text)}}`,
  'an address at a long domain': (text) => `{"email":"a@${times(inQuotes(text).slice(1, -1))}.de"}`,
  'a password of two halves': (text) => `{"password":${halves(text)}}`,
  'a token and a long name': (text) => `{"token":"x","name":"${times(inQuotes(text).slice(1, -1))}\u200b"}`,
  'any text': (text) => `{"text":"${times(inQuotes(text).slice(1, -1))}\u200b"}`,
  'any text that ends in NUL': (text) => `{"text":"${times(inQuotes(text).slice(1, -1))}\\u0000"}`,
  'any text of two halves': (text) => `{"text":${halves(text)}}`,
  'wide, then deep': (text) => `${'['.repeat(31)}${times(`${inQuotes(text)},`)}0${']'.repeat(31)}`,
};

type Url = '/signup' | '/login' | '/console/login' | '/any';

/** Where a shape can do harm: the routes that need no sign-in, and a schema that checks every form of a text. */
function urlsOf(shape: string): readonly [Url, ...Url[]] {
  if (shape.startsWith('any ')) return ['/any'];
  if (shape.startsWith('a token')) return ['/console/login'];
  return / (company|person|address|password) /.test(` ${shape} `) ? ['/signup'] : ['/signup', '/login', '/any'];
}

test('no request of 64 KB costs more than 20 ms of the thread, however it is made', async () => {
  const request = fc
    .constantFrom(...Object.keys(SHAPES))
    .chain((shape) => fc.record({ shape: fc.constant(shape), piece, url: fc.constantFrom(...urlsOf(shape)) }));
  const made = ({ shape, piece: text, url }: { shape: string; piece: string; url: Url }): Sent => ({
    url,
    body: SHAPES[shape]?.(text) ?? '',
  });
  const known = Object.keys(SHAPES)
    .filter((shape) => urlsOf(shape).length === 1)
    .flatMap((shape) => HOSTILE.map((text) => ({ shape, piece: text, url: urlsOf(shape)[0] })));
  for (const warmUp of fc.sample(request, 60)) await costMs(made(warmUp));
  await fc.assert(
    fc.asyncProperty(request, async (hostile) => {
      // No request is checked for every form of a text. A cost that grows faster than the text is far above this.
      const bound = hostile.url === '/any' ? 3 * BOUND_MS : BOUND_MS;
      expect(await leastCostMs(made(hostile))).toBeLessThan(bound);
    }),
    {
      numRuns: 100 + known.length,
      examples: known.map((request) => [request] as [typeof request]),
      endOnFailure: true,
    },
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

test('whole numbers may be a card; the digits of a fraction are none', () => {
  const body = { card: 4_242_424_242_424_242, rate: 1.574202479114983e-35 };
  expect(textsOf(body)).toEqual(['card', 'rate', '4242424242424242']);
});
