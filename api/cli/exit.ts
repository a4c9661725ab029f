import { plain } from './plain.ts';

/** Exit codes that scripts can rely on. */
export const EXIT = { done: 0, refused: 1, usage: 2, notRunning: 3, unknown: 4 } as const;

/** Ends the command with one sentence that is safe for a terminal: it may quote what people typed. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: number;

  constructor(exitCode: (typeof EXIT)[keyof typeof EXIT], message: string, options?: ErrorOptions) {
    super(plain(message), options);
    this.exitCode = exitCode;
  }
}
