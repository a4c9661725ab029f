import { parse } from 'node:querystring';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** A body that cannot be read. The message is for the sender and quotes nothing of it. */
export class UnreadableBodyError extends Error {
  override readonly name = 'UnreadableBodyError';
  readonly statusCode = 400;
}

type Parsers = Pick<FastifyInstance, 'addContentTypeParser' | 'getDefaultJsonParser'>;

/** What may be said of text that is UTF-8. */
const READ_AS: readonly (string | undefined)[] = [undefined, 'utf-8', 'utf8', 'us-ascii'];
const CHARSET = /;\s*charset\s*=\s*"?([^";\s]*)/i;

/** What is said to be something else would be read as what it is not. */
function refuseOtherEncodings({ headers }: FastifyRequest): void {
  const charset = CHARSET.exec(headers['content-type'] ?? '')?.[1]?.toLowerCase();
  if (!READ_AS.includes(charset)) throw new UnreadableBodyError('The body must be in UTF-8.');
  const coding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (coding !== 'identity') throw new UnreadableBodyError('The body must not be compressed.');
}

/** A lenient decoder reads every wrong byte as U+FFFD, so that two passwords become one. */
function decode(request: FastifyRequest, body: Buffer): string {
  refuseOtherEncodings(request);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch (cause) {
    throw new UnreadableBodyError('The body is not valid UTF-8.', { cause });
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Why a text was refused by the parser that also refuses names with which objects are poisoned. */
function whyNotJson(text: string): string {
  if (text === '') return 'Send a JSON body.';
  return isJson(text)
    ? 'The body must not have a member named "__proto__", or a "constructor" with a "prototype".'
    : 'The body is not valid JSON.';
}

function readForm(text: string): unknown {
  const wrong: string[] = [];
  const decodeURIComponent = (part: string): string => {
    try {
      return globalThis.decodeURIComponent(part);
    } catch {
      // The library would swallow what is thrown here, and decode leniently.
      wrong.push(part);
      return '';
    }
  };
  const form = parse(text, '&', '=', { maxKeys: 0, decodeURIComponent });
  if (wrong.length > 0) throw new UnreadableBodyError('The form is not percent-encoded UTF-8.');
  return form;
}

/** Takes JSON, in UTF-8 only, and without names that poison objects. */
export function takeJson(app: Parsers): void {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    const text = decode(request, body);
    return new Promise((resolve, reject) => {
      void parseJson(request, text, (error, value) => {
        if (error) reject(new UnreadableBodyError(whyNotJson(text), { cause: error }));
        else resolve(value);
      });
    });
  });
}

/** Takes the forms of browsers, in UTF-8 only. */
export function takeForms(app: Parsers): void {
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => Promise.resolve(readForm(decode(request, body))),
  );
}
