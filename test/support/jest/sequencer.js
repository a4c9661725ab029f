import { readFileSync } from 'node:fs';
import Sequencer from '@jest/test-sequencer';

/** What a file imports says how long it may take: the first of these are the longest. */
const LONG = [/support\/(?:journey|tenure)\.ts'/, /support\/(?:arrangement|lifecycle)\.ts'/];

const rank = ({ path }) => {
  const text = readFileSync(path, 'utf8');
  const found = LONG.findIndex((imported) => imported.test(text));
  return found === -1 ? LONG.length : found;
};

/** Long files first, or one process ends the run alone while the others have nothing to do: also where no times are known. */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    const ranks = new Map(tests.map((test) => [test, rank(test)]));
    return super.sort(tests).sort((one, other) => ranks.get(one) - ranks.get(other));
  }
}
