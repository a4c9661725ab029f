/** Of each card scheme: what its numbers begin with, and how long they are. */
const SCHEMES: readonly RegExp[] = [
  /^4\d{12}(\d{3}){0,2}$/, // Visa
  /^(5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}$/, // Mastercard
  /^3[47]\d{13}$/, // American Express
  /^3(0[0-5]|[689]\d)\d{11,16}$/, // Diners Club
  /^(6011|64[4-9]\d|65\d\d)\d{12,15}$/, // Discover
  /^35(2[89]|[3-8]\d)\d{12,15}$/, // JCB
  /^62\d{14,17}$/, // UnionPay
  /^(50|5[6-8]|63|67)\d{11,17}$/, // Maestro
];
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

const isCardNumber = (digits: string): boolean => SCHEMES.some((scheme) => scheme.test(digits)) && isLuhnValid(digits);

const SEPARATOR = /[\s\p{Pd}]/u;

/** Runs of digits; those with one space or dash between them are neighbours in one list. */
function runsOf(text: string): string[][] {
  const chains: string[][] = [];
  let end = -1;
  for (const { 0: digits, index } of text.matchAll(/\d+/g)) {
    const isNext = index === end + 1 && SEPARATOR.test(text.charAt(end));
    const chain = chains.at(-1);
    if (isNext && chain) chain.push(digits);
    else chains.push([digits]);
    end = index + digits.length;
  }
  return chains;
}

/** Whether a card number begins at this run: as the whole of it, or in groups as cards show them. */
function beginsCard(runs: readonly string[], at: number): boolean {
  const whole = runs[at] ?? '';
  if (whole.length >= LENGTHS.least && whole.length <= LENGTHS.most && isCardNumber(whole)) return true;
  return GROUPINGS.some(
    (lengths) =>
      lengths.every((length, group) => runs[at + group]?.length === length) &&
      isCardNumber(runs.slice(at, at + lengths.length).join('')),
  );
}

/** Ids are drawn by lot: a few of them have the digits of a card. */
const UUID = /(?<![0-9a-f])[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![0-9a-f])/gi;

const isAscii = (text: string): boolean => /^[\0-\x7f]*$/.test(text);

const holdsCard = (text: string): boolean => runsOf(text).some((runs) => runs.some((_, at) => beginsCard(runs, at)));

/**
 * Whether a text holds the number of a payment card: digits of a known scheme with a right check digit, written in one
 * or in the groups of a card. Other long numbers, like those in an address or a name, are none. Takes time in proportion
 * to the text, whatever it holds.
 */
export function looksLikeCardNumber(text: string): boolean {
  if (text.length < LENGTHS.least) return false;
  const plain = isAscii(text) ? text : text.normalize('NFKC');
  return holdsCard(plain) && holdsCard(plain.replaceAll(UUID, 'id'));
}
