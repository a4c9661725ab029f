import type { FastifySchema } from 'fastify';
import type { Access } from './plugins/access.ts';
import type { ErrorStatus } from './plugins/operations.ts';

interface Policy {
  readonly access: Access;
  readonly errors?: readonly ErrorStatus[];
  readonly failure?: string;
  readonly signup?: boolean;
  readonly offered?: boolean;
}

/** An ordinary endpoint of the API in one row: its documentation, who may call it, and its input. */
export const operation = <S extends FastifySchema>(
  operationId: string,
  summary: string,
  { access, errors, failure, signup, offered = true, ...schema }: Policy & S,
) => ({
  config: {
    access,
    offered,
    ...(errors && { errors }),
    ...(failure !== undefined && { failure }),
    ...(signup && { signup }),
  },
  schema: { operationId, summary, ...(schema as Omit<S, keyof Policy>) },
});
