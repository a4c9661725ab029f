import { randomUUID } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Queryable } from '../../infra/db/database.ts';
import { appendOrder, type AuditEvent } from '../../infra/db/repositories/audit.ts';
import { isCommandKey } from '../../infra/input/ids.ts';
import { PATTERNS } from '../../infra/input/patterns.ts';
import type { Order } from './customer-commands.ts';
import { ApiError, invalid } from '../http/errors.ts';
import { actorOf } from '../http/plugins/access.ts';

/** An order of whoever is asking; the `Idempotency-Key` header, if any, becomes its id. */
export function orderOf(request: FastifyRequest, customerId: string, given?: string): Order {
  const key = given ?? request.headers['idempotency-key'];
  if (key !== undefined && (typeof key !== 'string' || !isCommandKey(key)))
    throw invalid('The request is not valid', [
      { field: 'Idempotency-Key', message: `Idempotency-Key ${PATTERNS.commandKey.message}` },
    ]);
  return { customerId, actor: actorOf(request), commandId: key ?? randomUUID() };
}

const keyUsed = (): ApiError =>
  new ApiError(409, {
    error: 'Not possible now',
    message: 'This Idempotency-Key was used before, by somebody else or for something else. Take a new one.',
    code: 'key_used',
  });

/**
 * Records an order, once for its command: what is sent again must be the same, by the same person.
 * @throws ApiError 409 when it is not
 */
export async function recordOrder(
  db: Queryable,
  { customerId, actor, commandId }: Order,
  said: Pick<AuditEvent, 'action' | 'reason' | 'details'>,
): Promise<{ readonly auditId: number; readonly isNew: boolean }> {
  const order = await appendOrder(db, { customerId, actor, commandId, ...said });
  if (!order.isSame) throw keyUsed();
  return order;
}
