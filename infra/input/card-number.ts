/** Of each card scheme: what its numbers begin with, and how long they are. */
const SCHEMES = {
  Visa: /4\d{12}(?:\d{3}){0,2}/,
  Mastercard: /(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}/,
  'American Express': /3[47]\d{13}/,
  'Diners Club': /3(?:0[0-5]|[689]\d)\d{11,16}/,
  Discover: /(?:6011|64[4-9]\d|65\d\d)\d{12,15}/,
  JCB: /35(?:2[89]|[3-8]\d)\d{12,15}/,
  UnionPay: /62\d{14,17}/,
  Maestro: /(?:50|5[6-8]|63|67)\d{11,17}/,
} as const satisfies Readonly<Record<string, RegExp>>;
const ANY_SCHEME = new RegExp(
  `^(?:${Object.values(SCHEMES)
    .map(({ source }) => source)
    .join('|')})$`,
);
const LENGTHS = { least: 13, most: 19 } as const;

/** How cards show their digits, in groups. */
const GROUPINGS: readonly (readonly number[])[] = [
  [4, 4, 4, 4],
  [4, 4, 4, 1],
  [4, 4, 4, 2],
  [4, 4, 4, 3],
  [4, 4, 4, 4, 1],
  [4, 4, 4, 4, 2],
  [4, 4, 4, 4, 3],
  [4, 4, 4, 7],
  [4, 6, 4],
  [4, 6, 5],
  [6, 13],
];

function isLuhnValid(digits: string): boolean {
  let sum = 0;
  for (let place = 1; place <= digits.length; place += 1) {
    const value = (digits.charCodeAt(digits.length - place) - 48) * (place % 2 === 0 ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}

const isCardNumber = (digits: string): boolean => ANY_SCHEME.test(digits) && isLuhnValid(digits);

/** Runs of digits with one space or dash between them. */
const CHAIN = /\d+(?:[\s\p{Pd}]\d+)*/gu;

/** Of each chain, its runs. */
const runsOf = (text: string): readonly string[][] =>
  (text.match(CHAIN) ?? []).map((chain) => chain.match(/\d+/g) ?? []);

/** The first digit of every scheme: one look tells most other digits from a card. */
const BEGINNING = /^[2-6]/;

function isGrouped(runs: readonly string[], at: number, lengths: readonly number[]): boolean {
  for (let group = 0; group < lengths.length; group += 1) if (runs[at + group]?.length !== lengths[group]) return false;
  return true;
}

/** Whether a card number begins at this run: as the whole of it, or in groups as cards show them. */
function beginsCard(runs: readonly string[], at: number): boolean {
  const whole = runs[at] ?? '';
  if (!BEGINNING.test(whole)) return false;
  if (whole.length >= LENGTHS.least && whole.length <= LENGTHS.most && isCardNumber(whole)) return true;
  for (const lengths of GROUPINGS)
    if (isGrouped(runs, at, lengths) && isCardNumber(runs.slice(at, at + lengths.length).join(''))) return true;
  return false;
}

/** Ids are drawn by lot: a few of them have the digits of a card. */
const UUID = /(?<![0-9a-f])[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![0-9a-f])/gi;

const isAscii = (text: string): boolean => /^[\0-\x7f]*$/.test(text);

/** What may be digits in another dress, like \uff14 or \u2463; no marks, which combine. */
const DRESSED = /(?:(?![0-9])[\p{N}\p{So}])+/gu;

/** Not the whole text: its marks, if they stand in the wrong order, would take time that grows squared. */
const inPlainDigits = (text: string): string =>
  isAscii(text) ? text : text.replace(DRESSED, (signs) => signs.normalize('NFKC'));

const holdsCard = (text: string): boolean => runsOf(text).some((runs) => runs.some((_, at) => beginsCard(runs, at)));

/**
 * Whether a text holds the number of a payment card: digits of a known scheme with a right check digit, written in one
 * or in the groups of a card. Other long numbers, like those in an address or a name, are none. Takes time in proportion
 * to the text, whatever it holds.
 */
export function looksLikeCardNumber(text: string): boolean {
  // One sign may stand for two digits.
  if (text.length < LENGTHS.least / 2) return false;
  const plain = inPlainDigits(text);
  if (plain.length < LENGTHS.least) return false;
  return holdsCard(plain) && holdsCard(plain.replaceAll(UUID, 'id'));
}
