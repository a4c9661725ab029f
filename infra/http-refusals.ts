import type { Socket } from 'node:net';
import { STATUS_CODES } from 'node:http';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';

/** Of answers that no hook of a server has seen: nobody keeps them, and nothing in them runs. */
export const BARE_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;
const JSON_TYPE = 'application/json; charset=utf-8';

interface Refused {
  readonly status: number;
  readonly error: string;
  readonly message: string;
}

const UNREADABLE: Refused = {
  status: 400,
  error: 'The request is not valid',
  message: 'The request could not be read.',
};
const REFUSED: Readonly<Record<string, Refused>> = {
  HPE_HEADER_OVERFLOW: { status: 431, error: 'Headers too large', message: 'Send at most 16 KB of headers.' },
  ERR_HTTP_REQUEST_TIMEOUT: {
    ...{ status: 408, error: 'Request timed out' },
    message: 'The request did not arrive in time. Send all of it within 30 seconds.',
  },
};

/** In the API's one shape of errors. */
const bodyOf = ({ error, message }: Pick<Refused, 'error' | 'message'>) => ({
  ...{ error, message, code: 'bad_request', problems: [] },
});

/** What is no request, or never becomes one, is answered in the one shape of errors too, and the connection ends. */
export function clientErrorHandler(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const refused = REFUSED[error.code ?? ''] ?? UNREADABLE;
  const body = JSON.stringify(bodyOf(refused));
  socket.end(
    [
      `HTTP/1.1 ${String(refused.status)} ${STATUS_CODES[refused.status] ?? ''}`,
      `Content-Length: ${String(Buffer.byteLength(body))}`,
      `Content-Type: ${JSON_TYPE}`,
      ...Object.entries(BARE_HEADERS).map(([name, value]) => `${name}: ${value}`),
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}

/** No name of anything is so long. */
const TOO_LONG: Refused = {
  ...{ status: 404, error: 'Not found' },
  message: 'There is nothing at this address: a part of its path is too long.',
};
/** Also said of what follows the question mark, which Fastify would take as it is. */
export const NOT_ENCODED: Refused = {
  ...{ status: 400, error: UNREADABLE.error },
  message:
    'The address is not valid: each % must be followed by two hexadecimal digits, and they must stand for UTF-8 text.',
};

/** An address that cannot be read; there is no route then, none of the hooks has run, and it is not quoted. */
export function frameworkErrors(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
  const refused = error.code === 'FST_ERR_MAX_PARAM_LENGTH' ? TOO_LONG : NOT_ENCODED;
  void reply.code(refused.status).headers(BARE_HEADERS).type(JSON_TYPE).send(bodyOf(refused));
}
