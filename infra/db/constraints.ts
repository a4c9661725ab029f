import pg from 'pg';

const UNIQUE_VIOLATION = '23505';

/** The unique constraint an insert ran into, if that is what went wrong. */
export const violatedConstraint = (error: unknown): string | undefined =>
  error instanceof pg.DatabaseError && error.code === UNIQUE_VIOLATION ? error.constraint : undefined;
