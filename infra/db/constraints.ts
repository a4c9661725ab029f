import pg from 'pg';

const UNIQUE_VIOLATION = '23505';

/** The unique constraint that an insert violated, if that is the error. */
export const violatedConstraint = (error: unknown): string | undefined =>
  error instanceof pg.DatabaseError && error.code === UNIQUE_VIOLATION ? error.constraint : undefined;
