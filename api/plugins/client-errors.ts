import type { Socket } from 'node:net';
import { STATUS_CODES } from 'node:http';
import type { ErrorBody } from '../errors.ts';

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

/** What is no request, or never becomes one, is answered in the one shape of errors too, and the connection ends. */
export function clientErrorHandler(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, error: title, message } = REFUSED[error.code ?? ''] ?? UNREADABLE;
  const body = JSON.stringify({ error: title, message, code: 'bad_request', problems: [] } satisfies ErrorBody);
  socket.end(
    [
      `HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ''}`,
      `Content-Length: ${String(Buffer.byteLength(body))}`,
      'Content-Type: application/json; charset=utf-8',
      'Cache-Control: no-store',
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}
