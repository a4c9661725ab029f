import { isLine, isName } from '../../../infra/input/line.ts';
import { PATTERNS } from '../../../infra/input/patterns.ts';

const line = new RegExp(PATTERNS.line.pattern, 'u');
const seen = new RegExp(PATTERNS.seen.pattern, 'u');
const JOINERS = ['\u200c', '\u200d'];

const characters = Array.from({ length: 0x110000 }, (_, point) => point)
  .filter((point) => point < 0xd800 || point > 0xdfff)
  .map((point) => String.fromCodePoint(point));

const differing = (differ: (character: string) => boolean): readonly string[] =>
  characters.filter(differ).map((character) => (character.codePointAt(0) ?? 0).toString(16));

test('the portable pattern of a line takes each character that the code takes, and no other', () => {
  expect(differing((character) => !JOINERS.includes(character) && line.test(character) !== isLine(character))).toEqual(
    [],
  );
});

test('the portable pattern of a name refuses no character that the code takes as a name', () => {
  expect(differing((character) => character.trim() !== '' && isName(character) && !seen.test(character))).toEqual([]);
});
