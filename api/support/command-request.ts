import { randomUUID } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { isCommandKey } from '../../infra/input/ids.ts';
import { PATTERNS } from '../../infra/input/patterns.ts';
import type { CommandRequest } from './customer-commands.ts';
import { invalid } from '../http/errors.ts';
import { actorOf } from '../http/plugins/access.ts';

/** A command of the caller; the `Idempotency-Key` header, if any, becomes its id. */
export function commandRequestOf(request: FastifyRequest, customerId: string, given?: string): CommandRequest {
  const key = given ?? request.headers['idempotency-key'];
  if (key !== undefined && (typeof key !== 'string' || !isCommandKey(key)))
    throw invalid('The request is not valid', [
      { field: 'Idempotency-Key', message: `Idempotency-Key ${PATTERNS.commandKey.message}` },
    ]);
  return { customerId, actor: actorOf(request), commandId: key ?? randomUUID() };
}
