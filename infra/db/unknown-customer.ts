import pg from 'pg';

/** Work for a customer whom Postgres does not know: it was restored to a moment before their signup. */
export class UnknownCustomerError extends Error {
  override readonly name = 'UnknownCustomerError';
}

const FOREIGN_KEY_VIOLATION = '23503';

/** Whether it failed because the customer does not exist, when reading them or when writing something of theirs. */
export const isOfUnknownCustomer = (error: unknown): boolean =>
  error instanceof UnknownCustomerError ||
  (error instanceof pg.DatabaseError &&
    error.code === FOREIGN_KEY_VIOLATION &&
    error.constraint?.endsWith('_customer_id_fkey') === true);
