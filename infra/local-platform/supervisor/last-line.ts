import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const LOOKED_AT = 65_536;
const SHOWN = 200;
/** How the report of a crash of Node, a Go program or Postgres begins. Its stack follows. */
const CRASH = /^(?:\w*Error\b.*:|panic:)|\b(?:FATAL|PANIC):/;

function tailOf(file: string): string[] {
  const log = openSync(file, 'r');
  try {
    const tail = Buffer.alloc(LOOKED_AT);
    const skipped = Math.max(0, fstatSync(log).size - LOOKED_AT);
    const length = readSync(log, tail, 0, LOOKED_AT, skipped);
    // The beginning of the first line may be cut off.
    const lines = tail
      .toString('utf8', 0, length)
      .split('\n')
      .slice(skipped > 0 ? 1 : 0);
    return lines.map((line) => line.trim()).filter(Boolean);
  } finally {
    closeSync(log);
  }
}

interface LogEntry {
  readonly msg?: unknown;
  readonly err?: { readonly message?: unknown };
  readonly error?: unknown;
}

/** A line of a JSON log as a sentence; any other line as it is. */
function inWords(line: string): string {
  try {
    const { msg, err, error } = JSON.parse(line) as LogEntry;
    const said = [msg, err?.message, error].filter((part) => typeof part === 'string' && part !== '');
    return said.length > 0 ? said.join(': ') : line;
  } catch {
    return line;
  }
}

const shortened = (text: string): string => (text.length > SHOWN ? `${text.slice(0, SHOWN - 1)}…` : text);

const isEntry = (line: string): boolean => line.startsWith('{');

/**
 * A process that refuses to start ends its log with one sentence, at every start; a crash ends it with a stack of many
 * lines.
 */
function refusalIn(lines: readonly string[]): string | undefined {
  const after = lines.slice(lines.findLastIndex(isEntry) + 1);
  return new Set(after).size === 1 ? after[0] : undefined;
}

/** The last line of a part's log that tells why it ended, in words; empty when there is none. */
export function lastLine(file: string): string {
  try {
    const lines = tailOf(file);
    const line = refusalIn(lines) ?? lines.findLast((line) => isEntry(line) || CRASH.test(line)) ?? lines.at(-1) ?? '';
    return shortened(inWords(line));
  } catch {
    return '';
  }
}
