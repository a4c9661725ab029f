import type { Queryable } from '../../infra/db/database.ts';
import { appendRequest, type AuditEvent } from '../../infra/db/repositories/audit.ts';
import { ApiError } from '../http/errors.ts';
import type { CommandRequest } from './customer-commands.ts';

const keyUsed = (): ApiError =>
  new ApiError(409, {
    error: 'Not possible now',
    message: 'This Idempotency-Key was already used by someone else, or for something else. Use a new one.',
    code: 'key_used',
  });

/**
 * Records a command, once: a repetition must be the same command, by the same person.
 * @throws ApiError 409 when it is not
 */
export async function recordRequest(
  db: Queryable,
  { customerId, actor, commandId }: CommandRequest,
  said: Pick<AuditEvent, 'action' | 'reason' | 'details'>,
): Promise<{ readonly auditId: number; readonly isNew: boolean }> {
  const order = await appendRequest(db, { customerId, actor, commandId, ...said });
  if (!order.isSame) throw keyUsed();
  return order;
}
