import { sql, type Selectable } from 'kysely';
import type { Phase } from '../../../workflows/domain/lifecycle.ts';
import type { Terms } from '../../../workflows/domain/terms.ts';
import { normaliseEmail } from '../../input/email-address.ts';
import type { Queryable } from '../database.ts';
import { OF_STACKS, WEBHOOK_DONE, namedActor } from './audit.ts';
import type {
  Alerts,
  AuditEvents,
  Emails,
  Entitlements,
  Invoices,
  OnboardingStepAttempts,
  OnboardingSteps,
} from '../schema.ts';

/** What pages and support read. Nothing here writes. */
export interface CustomerFilter {
  readonly phase?: Phase | undefined;
  /** `any`: every customer who needs a person; else the step that failed. */
  readonly attention?: string | undefined;
  /** Part of a name, address, instance name or id. */
  readonly search?: string | undefined;
  /** All of a name, address, instance name or id, whatever its case. */
  readonly exact?: string | undefined;
  /** The last id of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
}

export interface CustomerRow {
  readonly customerId: string;
  readonly companyName: string | null;
  readonly email: string | null;
  readonly plan: string;
  readonly phase: Phase;
  readonly standing: string;
  readonly attention: string | null;
  readonly deploymentStatus: string;
  readonly terms: Terms;
  readonly instanceUrl: string | null;
  readonly trialEndsAt: Date | null;
  readonly createdAt: Date;
}

export interface CustomerPage {
  readonly customers: readonly CustomerRow[];
  /** Ask with this as `after` for the next page; null on the last one. */
  readonly next: string | null;
}

const containing = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`;

const named = (text: string) => sql<boolean>`(
  customer_id = lower(${text}) or slug = lower(${text}) or lower(company_name) = lower(${text})
  or email_norm = ${normaliseEmail(text) ?? null})`;

const rows = (db: Queryable) =>
  db
    .selectFrom('customers')
    .select(['customerId', 'companyName', 'email', 'plan', 'phase', 'standing', 'attention', 'deploymentStatus'])
    .select(['instanceUrl', 'trialEndsAt', 'createdAt', 'terms'])
    .orderBy('createdAt', 'desc')
    .orderBy('customerId', 'desc');

/** The query of a page, with a row more than the page has. It reads only as many rows as the page needs. */
export function pageOfCustomers(db: Queryable, filter: CustomerFilter) {
  const { phase, attention, search, exact, after, limit } = filter;
  return (
    rows(db)
      .$if(phase !== undefined, (query) => query.where('phase', '=', phase ?? ''))
      .$if(attention !== undefined, (query) => query.where('attention', 'is not', null))
      .$if(attention !== undefined && attention !== 'any', (query) =>
        query.where(sql<boolean>`${attention} = any(string_to_array(attention, ','))`),
      )
      .$if(search !== undefined, (query) =>
        query.where(
          sql<boolean>`concat_ws(' ', company_name, email, slug, customer_id) ilike ${containing(search ?? '')}`,
        ),
      )
      .$if(exact !== undefined, (query) => query.where(named(exact ?? '')))
      // By the row itself: a date of JavaScript is too coarse to be a cursor.
      .$if(after !== undefined, (query) =>
        query.where(
          sql<boolean>`(created_at, customer_id) < (select created_at, customer_id from customers where customer_id = ${after})`,
        ),
      )
      .limit(limit + 1)
  );
}

/** One page of customers, the newest first. */
export async function listCustomers(db: Queryable, filter: CustomerFilter): Promise<CustomerPage> {
  const { limit } = filter;
  const found = await pageOfCustomers(db, filter).execute();
  const customers = found
    .slice(0, limit)
    .map((row) => ({ ...row, phase: row.phase as Phase, terms: row.terms as unknown as Terms }));
  return { customers, next: found.length > limit ? (customers.at(-1)?.customerId ?? null) : null };
}

export interface StackView {
  readonly status: string;
  readonly version: number;
  readonly lastOperation: string | null;
  readonly lastResult: string | null;
  readonly lastError: string | null;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  readonly progress: readonly { readonly resource: string; readonly state: string }[];
}

/** The stack as pages and support see it; undefined until the first operation. */
export async function viewStack(db: Queryable, customerId: string): Promise<StackView | undefined> {
  const row = await db
    .selectFrom('stacks')
    .select(['status', 'version', 'lastOperation', 'lastResult', 'lastError', 'startedAt', 'endedAt', 'progress'])
    .where('customerId', '=', customerId)
    .executeTakeFirst();
  return row && { ...row, progress: (row.progress ?? []) as unknown as StackView['progress'] };
}

export type EntitlementsView = Selectable<Entitlements>;

/** The account's entitlements; undefined when none were ever written. */
export async function viewEntitlements(db: Queryable, customerId: string): Promise<EntitlementsView | undefined> {
  return db.selectFrom('entitlements').selectAll().where('customerId', '=', customerId).executeTakeFirst();
}

export interface StepView extends Selectable<OnboardingSteps> {
  /** Who started this epoch by a replay, and why; null for the first one. */
  readonly replayActor: string | null;
  readonly replayReason: string | null;
  readonly replayAt: Date | null;
}

/** The step ledger, the newest epoch of each step first. */
export async function viewSteps(db: Queryable, customerId: string): Promise<readonly StepView[]> {
  return db
    .selectFrom('onboardingSteps as s')
    .leftJoin('auditEvents as a', 'a.auditId', 's.replayedBy')
    .selectAll('s')
    .select(['a.reason as replayReason', 'a.at as replayAt'])
    .select(sql<string | null>`case when a.actor is not null then ${namedActor('a.actor')} end`.as('replayActor'))
    .where('s.customerId', '=', customerId)
    .orderBy('s.epoch', 'desc')
    .orderBy('s.startedAt')
    .execute();
}

export type AttemptView = Selectable<OnboardingStepAttempts>;

/** Every attempt at every step, as they came. */
export async function viewAttempts(db: Queryable, customerId: string): Promise<readonly AttemptView[]> {
  return db
    .selectFrom('onboardingStepAttempts')
    .selectAll()
    .where('customerId', '=', customerId)
    .orderBy('startedAt')
    .execute();
}

export async function viewAlerts(db: Queryable, customerId: string): Promise<readonly Selectable<Alerts>[]> {
  return db
    .selectFrom('alerts')
    .selectAll()
    .where('customerId', '=', customerId)
    .orderBy('raisedAt', 'desc')
    .limit(LAST)
    .execute();
}

export async function viewEmails(db: Queryable, customerId: string): Promise<readonly Selectable<Emails>[]> {
  return db
    .selectFrom('emails')
    .selectAll()
    .where('customerId', '=', customerId)
    .orderBy('claimedAt')
    .limit(LAST)
    .execute();
}

export type AuditView = Selectable<AuditEvents> & { readonly who: string };

/** What their own tables show, too, is left out: events of Stripe and operations on the stack would be there twice. */
export async function viewAudit(db: Queryable, customerId: string): Promise<readonly AuditView[]> {
  return db
    .selectFrom('auditEvents')
    .selectAll()
    .select(namedActor('audit_events.actor').as('who'))
    .where('customerId', '=', customerId)
    .where('action', '!=', WEBHOOK_DONE)
    .where('action', 'not like', `${OF_STACKS}%`)
    .orderBy('auditId', 'desc')
    .limit(LAST)
    .execute();
}

export async function viewInvoices(db: Queryable, customerId: string): Promise<readonly Selectable<Invoices>[]> {
  return db
    .selectFrom('invoices')
    .selectAll()
    .where('customerId', '=', customerId)
    .orderBy('invoiceCreatedAt', 'desc')
    .limit(LAST)
    .execute();
}

/** How many rows support sees; older rows are in the tables. */
const LAST = 100;
