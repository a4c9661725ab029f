import { sql } from 'kysely';
import type { CancellationRequest } from '../../../workflows/domain/customer-state.ts';
import type { Kept, LedgerStep } from '../../../workflows/domain/restart.ts';
import type { Queryable } from '../database.ts';
import type { Customer } from './customers.ts';
import { newestLicence } from './licences.ts';
import { findStack } from './stacks.ts';

async function ledger(db: Queryable, customerId: string): Promise<Kept['steps']> {
  const rows = await db
    .selectFrom('onboardingSteps')
    .distinctOn('step')
    .select(['step', 'state', 'epoch', 'errorType'])
    .where('customerId', '=', customerId)
    .orderBy('step')
    .orderBy('epoch', 'desc')
    .execute();
  return Object.fromEntries(rows.map(({ step, ...state }): [string, LedgerStep] => [step, state]));
}

/** Orders that end a customer, the strongest first, with what each means. */
const ENDS: readonly (readonly [action: string, order: CancellationRequest])[] = [
  ['command.eraseAccount', { reason: 'erasure', erase: true }],
  ['command.cancel', { reason: 'customer_asked', erase: false }],
  ['command.abandonOnboarding', { reason: 'onboarding_failed', erase: false }],
];

/** An end that was ordered to be carried out at once; an abandoned onboarding only counts in one. */
export async function endOrdered(
  db: Queryable,
  { customerId, phase }: Pick<Customer, 'customerId' | 'phase'>,
): Promise<CancellationRequest | null> {
  const rows = await db
    .selectFrom('auditEvents')
    .select('action')
    .where('customerId', '=', customerId)
    .where((where) =>
      where.or([
        where('action', '=', 'command.eraseAccount'),
        where.and([where('action', '=', 'command.cancel'), sql<boolean>`details->>'when' = 'now'`]),
        ...(phase === 'onboarding' ? [where('action', '=', 'command.abandonOnboarding')] : []),
      ]),
    )
    .execute();
  return ENDS.find(([action]) => rows.some((row) => row.action === action))?.[1] ?? null;
}

async function extensionsOrdered(db: Queryable, customerId: string): Promise<number> {
  const { count } = await db
    .selectFrom('auditEvents')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('customerId', '=', customerId)
    .where('action', '=', 'command.extendTrial')
    .executeTakeFirstOrThrow();
  return count;
}

/** As many as a run keeps answers for. */
const NEWEST = 30;

/** The ids under which the newest commands were sent to the workflow; one of a batch is named by the batch alone. */
async function commandsOrdered(db: Queryable, customerId: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('auditEvents')
    .select(
      sql<string>`case when details ? 'batchId' then command_id else substr(action, 9) || ':' || command_id end`.as(
        'id',
      ),
    )
    .where('customerId', '=', customerId)
    .where('action', 'like', 'command.%')
    .where('commandId', 'is not', null)
    .orderBy('auditId', 'desc')
    .limit(NEWEST)
    .execute();
  return rows.map(({ id }) => id).reverse();
}

/** A row in its trial without an end was written by hand. */
const trialEndOf = ({ trialEndsAt, phase }: Customer): string | null =>
  (trialEndsAt ?? (phase === 'trial' ? new Date() : null))?.toISOString() ?? null;

/** Everything that a new run of the customer needs, from Postgres. */
export async function readKept(db: Queryable, customer: Customer): Promise<Kept> {
  const { customerId, terms, clockOffsetMs, standing, generation } = customer;
  const [steps, stack, licence, extensions, end, commands] = await Promise.all([
    ledger(db, customerId),
    findStack(db, customerId),
    newestLicence(db, customerId),
    extensionsOrdered(db, customerId),
    endOrdered(db, customer),
    commandsOrdered(db, customerId),
  ]);
  return {
    ...{ customerId, terms, clockOffsetMs, standing, generation, steps },
    phase: customer.phase as Kept['phase'],
    trialEndsAt: trialEndOf(customer),
    signedUpAt: customer.createdAt.toISOString(),
    stackGeneration: stack?.generation ?? 0,
    extensionsOrdered: extensions,
    licensedUntil: licence?.expiresAt.toISOString() ?? null,
    endOrdered: end,
    commandsOrdered: commands,
  };
}
