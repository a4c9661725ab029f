/** What is wrong with one field of a request. */
export interface Problem {
  readonly field: string;
  readonly message: string;
}

/** The one shape of every error reply. */
export interface ErrorBody {
  /** Short text; clients may compare it, so it stays word for word. */
  readonly error: string;
  /** A sentence that says what to do. */
  readonly message: string;
  /** Stable, for programs. */
  readonly code: string;
  readonly problems: readonly Problem[];
}

export interface ApiErrorOptions {
  readonly error: string;
  readonly message?: string;
  readonly code: string;
  readonly problems?: readonly Problem[];
  readonly retryAfterSeconds?: number;
  /** How many there may be, where there were too many. */
  readonly limit?: number | undefined;
  readonly cause?: unknown;
}

/** An error whose text is meant for the caller. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly statusCode: number;
  readonly body: ErrorBody;
  readonly retryAfterSeconds: number | undefined;
  readonly limit: number | undefined;

  constructor(statusCode: number, options: ApiErrorOptions) {
    const { error, message = error, code, problems = [] } = options;
    super(message, { cause: options.cause });
    this.statusCode = statusCode;
    this.body = { error, message, code, problems };
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.limit = options.limit;
  }
}

export const notFound = (what: string, message = `There is no such ${what}.`): ApiError =>
  new ApiError(404, { error: 'Not found', message, code: 'not_found' });

export const notSignedIn = (): ApiError =>
  new ApiError(401, {
    error: 'Not signed in',
    message: 'Sign in, or send a valid token as Authorization: Bearer <token>.',
    code: 'unauthenticated',
  });

export const forbidden = (message = 'Your role does not allow this.'): ApiError =>
  new ApiError(403, { error: 'Forbidden', message, code: 'forbidden' });

/** What is limited: an origin, an account, an account as far as one origin is concerned, or who gets the mails. */
export type Scope = 'from here' | 'for this account' | 'for this account from here' | 'for this mailbox';

function inMinutes(seconds: number): string {
  const minutes = Math.ceil(seconds / 60);
  return minutes === 1 ? '1 minute' : `${String(minutes)} minutes`;
}

interface TooMany {
  readonly scope?: Scope | undefined;
  readonly limit?: number;
}

export function tooMany(
  what: string,
  retryAfterSeconds: number,
  { scope = 'from here', limit }: TooMany = {},
): ApiError {
  const message = `Too many ${what} ${scope}. Try again in ${inMinutes(retryAfterSeconds)}.`;
  return new ApiError(429, {
    ...{ error: `Too many ${what}`, message, code: 'rate_limited', retryAfterSeconds, limit },
    problems: scope === 'for this mailbox' ? [{ field: 'email', message }] : [],
  });
}

/** The secret that a signed-in person had to repeat is wrong. */
export const notConfirmed = (field: string, message: string): ApiError =>
  new ApiError(403, { error: 'Not confirmed', message, code: 'not_confirmed', problems: [{ field, message }] });

export const invalid = (error: string, problems: readonly Problem[], statusCode = 400): ApiError =>
  new ApiError(statusCode, {
    error,
    message: problems.map(({ message }) => (message.endsWith('.') ? message : `${message}.`)).join(' ') || error,
    code: 'validation_failed',
    problems,
  });
