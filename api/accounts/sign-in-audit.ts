import { appendAudit } from '../../infra/db/repositories/audit.ts';
import { takeFromBucket } from '../../infra/db/repositories/rate-limits.ts';
import { networkOf } from '../../infra/network.ts';
import type { JsonObject } from '../../infra/db/schema.ts';
import type { AppDeps } from '../http/deps.ts';

const HOUR = 3_600;
type Action =
  | 'sign_in.ok'
  | 'sign_in.failed'
  | 'password.not_confirmed'
  | 'customer.signed_out'
  | 'instance.entered'
  | 'staff.signed_in'
  | 'staff.signed_out'
  | 'staff.sign_in_failed';

/** Rows per hour, for one account and in total: somebody who guesses passwords must not be able to fill the trail. */
const BOUNDS: Readonly<Record<Action, { readonly each: number; readonly all: number }>> = {
  'sign_in.ok': { each: 60, all: 100_000 },
  'sign_in.failed': { each: 10, all: 500 },
  'password.not_confirmed': { each: 10, all: 500 },
  'customer.signed_out': { each: 60, all: 100_000 },
  'instance.entered': { each: 60, all: 100_000 },
  'staff.signed_in': { each: 1_000, all: 1_000 },
  'staff.signed_out': { each: 1_000, all: 1_000 },
  'staff.sign_in_failed': { each: 50, all: 50 },
};

const MORE = 'The hourly limit is reached: further events like this one are not recorded.';

interface SignIn {
  readonly action: Action;
  /** Null for an account that does not exist, and for staff. */
  readonly customerId: string | null;
  readonly actor: string;
  readonly ip: string;
  readonly details?: JsonObject;
}

/**
 * Records that somebody signed in, out or into their instance, or failed to, and from which network; at most as many
 * per hour as the limits allow, and then one row that says so.
 */
export async function auditSignIn({ database }: Pick<AppDeps, 'database'>, signIn: SignIn): Promise<void> {
  const { action, customerId, actor, ip, details = {} } = signIn;
  const { each, all } = BOUNDS[action];
  const row = { customerId, actor, action, details: { ...details, origin: networkOf(ip) } };
  for (const [subject, limit] of [[customerId ?? 'nobody', each] as const, ['all', all] as const]) {
    const bucket = { key: `audit-${action}:${subject}`, limit, windowSeconds: HOUR };
    if ((await takeFromBucket(database, bucket)).allowed) continue;
    const noted = await takeFromBucket(database, { key: `${bucket.key}:more`, limit: 1, windowSeconds: HOUR });
    if (noted.allowed) await appendAudit(database, { ...row, details: { ...row.details, more: MORE } });
    return;
  }
  await appendAudit(database, row);
}
