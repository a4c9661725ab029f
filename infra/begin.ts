import { ConfigError } from './settings.ts';

/** Ends the process with exit code 1 and the sentence of a ConfigError on stderr, without its stack. */
export function refuse(error: unknown): never {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}

/** An option has an invalid value, or is combined with one that excludes it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Also unknown options, by the error codes of `parseArgs`. */
const isUsage = (error: unknown): error is Error =>
  error instanceof UsageError || String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS_');

/** Reads a command's options. A wrong option ends the process with exit code 2 and the usage. */
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

/** Starts a process. An invalid setting ends it with one sentence. */
export async function begin(start: () => Promise<void>): Promise<void> {
  try {
    await start();
  } catch (error) {
    refuse(error);
  }
}
