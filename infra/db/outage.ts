import pg from 'pg';

/**
 * Postgres cannot be reached, does not answer in time, or accepts no work at the moment. If the connection was lost, it
 * is not known whether the statement took effect.
 */
export class DatabaseUnavailableError extends Error {
  override readonly name = 'DatabaseUnavailableError';
}

/** Codes of the network. */
const NETWORK: ReadonlySet<unknown> = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['ENOTFOUND', 'EAI_AGAIN', 'ENOENT'],
]);
/** SQLSTATEs of a server that is starting, stopping, full, overloaded, or has become a standby. */
const STATES = /^(08...|53...|57P0.|57014|25006|40001|40P01|55P03)$/;
/** Messages of the driver that have no code. */
const SENTENCES = /^(Connection terminated|Query read timeout|timeout e|Client (has encountered|was closed))/;

// By their shape: an error of Node's own may come from another realm than this file.
function isOutage(error: unknown): boolean {
  const { code, message } = error as { readonly code?: string; readonly message?: string };
  if (error instanceof pg.DatabaseError) return STATES.test(error.code ?? '');
  return NETWORK.has(code) || SENTENCES.test(message ?? '');
}

/** Turns an outage into its own error; any other error stays as it is. */
export const asOutage = (error: unknown): unknown =>
  isOutage(error) ? new DatabaseUnavailableError('Postgres is not available.', { cause: error }) : error;
