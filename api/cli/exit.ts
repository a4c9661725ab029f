/** Exit codes that scripts can rely on. */
export const EXIT = { done: 0, refused: 1, usage: 2, notRunning: 3, unknown: 4 } as const;

/** An end of the command that is told in one sentence. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: number;

  constructor(exitCode: (typeof EXIT)[keyof typeof EXIT], message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
