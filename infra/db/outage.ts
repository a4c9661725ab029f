import pg from 'pg';

/**
 * Postgres cannot be reached, does not answer in time, or takes no work at the moment. Whether the statement took
 * effect is not known when the connection was lost on the way.
 */
export class DatabaseUnavailableError extends Error {
  override readonly name = 'DatabaseUnavailableError';
}

/** Codes of the network. */
const NETWORK: ReadonlySet<unknown> = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['ENOTFOUND', 'EAI_AGAIN', 'ENOENT'],
]);
/** SQLSTATEs of a server that starts, stops, is full or overloaded, gave way to another, or has become a standby. */
const STATES = /^(08...|53...|57P0.|57014|25006|40001|40P01|55P03)$/;
/** What the driver says without a code. */
const SENTENCES = /^(Connection terminated|Query read timeout|timeout e|Client (has encountered|was closed))/;

// By their shape: an error of Node's own may come from another realm than this file.
function isOutage(error: unknown): boolean {
  const { code, message } = error as { readonly code?: string; readonly message?: string };
  if (error instanceof pg.DatabaseError) return STATES.test(error.code ?? '');
  return NETWORK.has(code) || SENTENCES.test(message ?? '');
}

/** Gives an outage its name; any other error stays what it is. */
export const asOutage = (error: unknown): unknown =>
  isOutage(error) ? new DatabaseUnavailableError('Postgres is not available.', { cause: error }) : error;
