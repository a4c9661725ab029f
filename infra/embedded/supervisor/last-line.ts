import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const LOOKED_AT = 4_096;
const SHOWN = 200;

/** The last line a part logged, shortened; empty when there is none. */
export function lastLine(file: string): string {
  try {
    const log = openSync(file, 'r');
    try {
      const tail = Buffer.alloc(LOOKED_AT);
      const length = readSync(log, tail, 0, LOOKED_AT, Math.max(0, fstatSync(log).size - LOOKED_AT));
      return tail.toString('utf8', 0, length).trimEnd().split('\n').at(-1)?.slice(0, SHOWN) ?? '';
    } finally {
      closeSync(log);
    }
  } catch {
    return '';
  }
}
