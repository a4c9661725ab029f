import type { FastifyRequest } from 'fastify';
import type { Static, TSchema } from 'typebox';
import { invalid } from '../http/errors.ts';
import { schemaProblems } from '../http/plugins/problems.ts';

/**
 * Checks what was typed into a form against the schema of the API route that does the same, so that both accept the
 * same.
 * @throws ApiError 422 naming every field that does not fit
 */
export function asApiBody<S extends TSchema>(request: FastifyRequest, schema: S, body: object): Static<S> {
  const validate = request.compileValidationSchema(schema);
  if (!validate(body))
    throw invalid('The form is not valid', schemaProblems({ validation: validate.errors ?? [] }), 422);
  return body as Static<S>;
}
