import { ConfigError } from './settings.ts';

/** Ends the process with exit code 1 and the sentence of a ConfigError on stderr, without its stack. */
export function refuse(error: unknown): never {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}

/** Starts a process. A setting that cannot be used ends it with one sentence. */
export async function begin(start: () => Promise<void>): Promise<void> {
  try {
    await start();
  } catch (error) {
    refuse(error);
  }
}
