import { pino, stdTimeFunctions, type DestinationStream, type Logger } from 'pino';

/** Values that errors like to quote: addresses, quoted text, bearer material, long runs of digits. */
const QUOTED = [
  /[^\s"'<>=(]+@[^\s"'<>)]+/g,
  /"[^"]*"/g,
  /'[^']*'/g,
  /\([^()]*\)=\([^()]*\)/g,
  /\b(?!cust_[0-9a-f-]{36}\b)[\w-]{32,}\b/g,
  /\d{9,}/g,
];
const FRAMES = 8;

/** A log needs no more of a message, and the patterns take the square of what they are given. */
const LONGEST_MESSAGE = 2_000;

const scrub = (text: string): string =>
  QUOTED.reduce((left, pattern) => left.replace(pattern, '[…]'), text.slice(0, LONGEST_MESSAGE));

const IS_NAME = /^[\w.:-]{1,80}$/;

/** Of a class or a code. Anybody's code can put anything there. */
function named(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  return IS_NAME.test(value) ? value : '[…]';
}

/**
 * The only members of an error that reach a log: vendors' error objects carry headers, payloads and rows, and messages
 * quote values.
 */
function errorForLog(error: Error): Record<string, unknown> {
  const { code, type, constraint } = error as { code?: unknown; type?: unknown; constraint?: unknown };
  return {
    name: named(error.name),
    code: typeof code === 'number' ? code : named(code),
    type: named(type),
    constraint: named(constraint),
    message: scrub(error.message),
    stack: error.stack
      ?.split('\n')
      .filter((line) => line.trimStart().startsWith('at '))
      .slice(0, FRAMES)
      .map((line) => line.trim()),
    ...(error.cause instanceof Error ? { cause: errorForLog(error.cause) } : {}),
  };
}

interface LoggedRequest {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly routeOptions?: { readonly url?: unknown };
}

/** The pattern of the route, never the address asked for: that may hold a one-time token. */
const requestForLog = ({ id, method, routeOptions }: LoggedRequest): Record<string, unknown> => ({
  id,
  method,
  route: routeOptions?.url,
});

/**
 * JSON lines on stdout (or to `destination`). Serialisers are allow-lists: what is not named above is not written.
 * Personal data and secrets must not be passed as other members; ids may.
 */
export function createLogger(part: string, level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: { part },
    timestamp: stdTimeFunctions.isoTime,
    serializers: {
      err: errorForLog,
      error: errorForLog,
      req: requestForLog,
      res: ({ statusCode }: { statusCode?: unknown }) => ({ statusCode }),
    },
  };
  return destination ? pino(options, destination) : pino(options);
}
