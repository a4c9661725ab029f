import { ConfigError } from './settings.ts';

/** Ends the process with exit code 1 and the sentence of a ConfigError on stderr, without its stack. */
export function refuse(error: unknown): never {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}

/** An option has a value that it cannot have, or stands beside one that it does not go with. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Also options that a command does not have, by the codes of `parseArgs`. */
const isUsage = (error: unknown): error is Error =>
  error instanceof UsageError || String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS_');

/** Reads a command's options. One that is wrong ends the process with exit code 2 and how it is used. */
export function optionsOf<T>(usage: string, read: () => T & { readonly values: { readonly help?: boolean } }): T {
  try {
    const parsed = read();
    if (!parsed.values.help) return parsed;
    process.stdout.write(`${usage}\n`);
    process.exit(0);
  } catch (error) {
    if (!isUsage(error)) throw error;
    process.stderr.write(`${error.message}\n${usage}\n`);
    process.exit(2);
  }
}

/** Starts a process. A setting that cannot be used ends it with one sentence. */
export async function begin(start: () => Promise<void>): Promise<void> {
  try {
    await start();
  } catch (error) {
    refuse(error);
  }
}
