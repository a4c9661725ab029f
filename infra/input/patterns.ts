import { COMMAND_KEY_PATTERN, CUSTOMER_ID_PATTERN, FOREIGN_ID_PATTERN } from './ids.ts';
import { SLUG_PATTERN } from './slug.ts';

/** Characters of one range of Unicode, as they stand in a character class. */
const range = (from: number, to = from): string =>
  from === to ? String.fromCodePoint(from) : `${String.fromCodePoint(from)}-${String.fromCodePoint(to)}`;
const ranges = (...all: readonly (readonly [number, number?])[]): string =>
  all.map(([from, to]) => range(from, to)).join('');

// Written out as characters, because \p{…} and \u… mean something else, or nothing, in other engines.
const NUL = range(0);
/** What changes a line without being seen (Cc, Cf, Zl, Zp); the two joiners are spelling in some scripts. */
const HIDDEN = ranges(
  ...([[0, 0x1f], [0x7f, 0x9f], [0xad], [0x600, 0x605], [0x61c], [0x6dd], [0x70f], [0x890, 0x891], [0x8e2]] as const),
  ...([[0x180e], [0x200b], [0x200e, 0x200f], [0x2028, 0x202e], [0x2060, 0x2064], [0x2066, 0x206f], [0xfeff]] as const),
  ...([[0xfff9, 0xfffb], [0x110bd], [0x110cd], [0x13430, 0x1343f], [0x1bca0, 0x1bca3], [0x1d173, 0x1d17a]] as const),
  ...([[0xe0001], [0xe0020, 0xe007f]] as const),
);
/** None of those, but drawn as nothing, as a box or as part of another: spaces, fillers, private use, accents that combine. */
const BLANK = ranges(
  ...([[0x20], [0xa0], [0x300, 0x36f], [0x115f, 0x1160], [0x1680], [0x17b4, 0x17b5], [0x180b, 0x180d]] as const),
  ...([[0x180f], [0x2000, 0x200a], [0x200c, 0x200d], [0x202f], [0x205f], [0x2065], [0x2800], [0x3000]] as const),
  ...([[0x3164], [0xfe00, 0xfe0f], [0xffa0], [0xfff0, 0xfff8], [0xe0000], [0xe0002, 0xe001f]] as const),
  ...([
    [0xe0080, 0xe0fff],
    [0xe000, 0xf8ff],
    [0xfffc],
    [0x13441, 0x13442],
    [0x1d159],
    [0xf0000, 0xffffd],
    [0x100000, 0x10fffd],
  ] as const),
);
// One way to read each text, so that a long one takes time in proportion: what is blank, the first that is not, the rest.
const SEEN = `[${BLANK}]*[^${HIDDEN}${BLANK}][^${HIDDEN}]*`;

interface Pattern {
  /** A regular expression that means the same in every engine: no classes, no escapes of Unicode. */
  readonly pattern: string;
  /** Follows the name of the field. */
  readonly message: string;
}

/** The forms a text of a request may be held to. */
export const PATTERNS = {
  /** Anything that Postgres can hold. */
  text: { pattern: `^[^${NUL}]*$`, message: 'must not contain U+0000.' },
  line: { pattern: `^[^${HIDDEN}]*$`, message: 'must be a single line without hidden characters.' },
  seen: { pattern: `^${SEEN}$`, message: 'must be a single line of visible text.' },
  seenOrEmpty: { pattern: `^ *$|^${SEEN}$`, message: 'must be a single line of visible text.' },
  customerId: {
    pattern: CUSTOMER_ID_PATTERN,
    message: 'must be the id of a customer: cust_ and a UUID in lower case.',
  },
  uuid: {
    pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$',
    message: 'must be a UUID in lower case, like 0b6f0e5c-3f0f-4a53-9a3a-2b8f1c7d9e10.',
  },
  slug: {
    pattern: SLUG_PATTERN,
    message: 'must be the label of a host: a-z, 0-9 and "-", at most 63, with neither end a "-".',
  },
  foreignId: { pattern: FOREIGN_ID_PATTERN, message: 'must be 1 to 255 visible characters of ASCII.' },
  instant: {
    pattern:
      '^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?([Zz]|[+-](0[0-9]|1[0-5]):[0-5][0-9])$',
    message: 'must be a time like 2026-12-24T00:00:00Z.',
  },
  pageSize: { pattern: '^([1-9][0-9]?|100)$', message: 'must be a number from 1 to 100.' },
  invoiceId: {
    pattern: '^in_[A-Za-z0-9_]{1,60}$',
    message: "must be Stripe's id of an invoice, like in_1Q2w3E4r5T6y.",
  },
  anchor: {
    pattern: '^[1-9][0-9]{0,15}:[0-9a-f]{64}$',
    message: 'must be position:hash, as printed by an earlier check.',
  },
  stepName: { pattern: '^[A-Za-z][A-Za-z0-9]{0,59}$', message: 'must be the name of a step, like stack.' },
  errorType: { pattern: '^[A-Za-z0-9_]{1,60}$', message: 'must be the name of an error, like ProvisioningFailed.' },
  framework: {
    pattern: '^[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}$',
    message: 'must be 1 to 40 letters, digits, spaces, ".", "_" or "-", the first a letter or a digit.',
  },
  commandKey: {
    pattern: COMMAND_KEY_PATTERN,
    message: 'must be 1 to 100 letters, digits, ".", ":", "_" or "-".',
  },
} as const satisfies Record<string, Pattern>;

export type PatternName = keyof typeof PATTERNS;
