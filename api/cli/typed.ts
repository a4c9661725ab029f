import { isCommandKey } from '../../infra/input/ids.ts';
import { readInstant } from '../../infra/input/instant.ts';
import { decimalOf, wholeOf } from '../../infra/input/number.ts';
import { PATTERNS } from '../../infra/input/patterns.ts';
import { CliError, EXIT } from './exit.ts';

/** Of an option that may be given again and again. */
export const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

/** @throws CliError for a pair without a field, and for a field given twice */
export function corrections(pairs: readonly string[]): Record<string, string> {
  const corrected = new Map<string, string>();
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at < 1) throw new CliError(EXIT.usage, `--correct takes field=value, not "${pair}".`);
    const field = pair.slice(0, at);
    if (corrected.has(field)) throw new CliError(EXIT.usage, `--correct gives "${field}" more than once.`);
    corrected.set(field, pair.slice(at + 1));
  }
  return Object.fromEntries(corrected);
}

/** @throws CliError */
export function instant(text: string): string {
  const date = readInstant(text);
  if (date === undefined) throw new CliError(EXIT.usage, `"${text}" is not a date. Enter one like 2026-12-24.`);
  return date;
}

/** @throws CliError for a key that no header can carry, or that the API does not accept */
function commandKey(key: string): string {
  if (!isCommandKey(key)) throw new CliError(EXIT.usage, `--key ${PATTERNS.commandKey.message}`);
  return key;
}

/** Of a command that may be sent again. */
export const KEY = ['--key <key>', 'repeat with the same key to run it only once', commandKey] as const;

/** @throws CliError */
export function decimal(text: string): number {
  const number = decimalOf(text);
  if (number === undefined) throw new CliError(EXIT.usage, `"${text}" is not a number.`);
  return number;
}

/**
 * @throws CliError, saying what is expected, for text that is not a whole number: 1.00 equals one, but is not meant as
 * one
 */
export function whole(option: string, text: string, meant = ''): number {
  const number = wholeOf(text);
  if (number !== undefined) return number;
  throw new CliError(EXIT.usage, `${option} takes a whole number${meant}, not "${text}".`);
}
