import { sql } from 'kysely';
import type { Terms } from '../../../workflows/domain/terms.ts';
import type { Organization } from '../../tenant-stacks/spec.ts';
import type { Queryable } from '../database.ts';
import type { Standing } from './customers.ts';

/** What Postgres says a tenant is to be. */
export interface DesiredTenant {
  readonly slug: string | null;
  readonly companyName: string | null;
  readonly email: string | null;
  readonly plan: string;
  readonly profile: string;
  readonly region: string;
  readonly terms: Terms;
  readonly standing: Standing;
  readonly phase: string;
  readonly trialEndsAt: Date | null;
  readonly clockOffsetMs: number;
  readonly licence: string | null;
  readonly framework: string | null;
}

export async function findDesiredTenant(db: Queryable, customerId: string): Promise<DesiredTenant | undefined> {
  const row = await db
    .selectFrom('customers as c')
    .leftJoinLateral(
      (eb) =>
        eb
          .selectFrom('licences')
          .select('token')
          .whereRef('licences.customerId', '=', 'c.customerId')
          .where('revokedAt', 'is', null)
          .orderBy('issuedAt', 'desc')
          .limit(1)
          .as('licence'),
      (join) => join.onTrue(),
    )
    .select([
      'c.slug',
      'c.companyName',
      'c.email',
      'c.plan',
      'c.profile',
      'c.region',
      'c.standing',
      'c.phase',
      'c.trialEndsAt',
      'c.clockOffsetMs',
      'c.terms',
      'c.complianceFramework as framework',
      'licence.token as licence',
    ])
    .where('c.customerId', '=', customerId)
    .executeTakeFirst();
  return row && { ...row, standing: row.standing as Standing, terms: row.terms as unknown as Terms };
}

/** Where a customer's stack stands; undefined when there is no such customer. */
export async function findTarget(
  db: Queryable,
  customerId: string,
): Promise<{ readonly profile: string; readonly target: string } | undefined> {
  return db
    .selectFrom('customers')
    .select(['profile', sql<string>`coalesce(terms ->> 'target', '')`.as('target')])
    .where('customerId', '=', customerId)
    .executeTakeFirst();
}

export type StackStatus = 'absent' | 'creating' | 'updating' | 'ready' | 'destroying' | 'failed' | 'destroyed';

export interface StackRow {
  readonly status: StackStatus;
  readonly generation: number;
  readonly version: number;
  /** Since when the engine is known to have a state of it; null when it need not have one. */
  readonly stateSince: Date | null;
}

/** One attempt at an operation. Only the newest attempt of the newest generation may write. */
export interface StackRun {
  readonly customerId: string;
  readonly generation: number;
  readonly startedAt: Date;
}

/** Makes the row if need be and locks it to the end of the transaction: taking over a stack is one at a time. */
export async function lockStack(
  db: Queryable,
  { customerId, stackName, target }: { customerId: string; stackName: string; target: string },
): Promise<StackRow> {
  await db
    .insertInto('stacks')
    .values({ customerId, stackName, target, generation: 0 })
    .onConflict((conflict) => conflict.column('customerId').doNothing())
    .execute();
  const row = await db
    .selectFrom('stacks')
    .select(['status', 'generation', 'version', 'stateSince'])
    .where('customerId', '=', customerId)
    .forUpdate()
    .executeTakeFirstOrThrow();
  return { ...row, status: row.status as StackStatus };
}

export async function findStack(db: Queryable, customerId: string): Promise<StackRow | undefined> {
  const row = await db
    .selectFrom('stacks')
    .select(['status', 'generation', 'version', 'stateSince'])
    .where('customerId', '=', customerId)
    .executeTakeFirst();
  return row && { ...row, status: row.status as StackStatus };
}

/** Notes that this attempt has the stack now. */
export async function startRun(db: Queryable, run: StackRun, status: StackStatus, operation: string): Promise<void> {
  await db
    .updateTable('stacks')
    .set({ generation: run.generation, startedAt: run.startedAt, status, lastOperation: operation })
    .set({ progress: '[]', endedAt: null, lastResult: null, lastError: null, updatedAt: sql`now()` })
    .where('customerId', '=', run.customerId)
    .execute();
}

/** Whether this attempt still has the stack; if so nobody takes it over before the end of the transaction. */
export async function holdStack(db: Queryable, { customerId, generation, startedAt }: StackRun): Promise<boolean> {
  const row = await db
    .selectFrom('stacks')
    .select('customerId')
    .where('customerId', '=', customerId)
    .where('generation', '=', generation)
    .where('startedAt', '=', startedAt)
    .forUpdate()
    .executeTakeFirst();
  return row !== undefined;
}

const ofRun = (db: Queryable, { customerId, generation, startedAt }: StackRun) =>
  db
    .updateTable('stacks')
    .set({ updatedAt: sql`now()` })
    .where('customerId', '=', customerId)
    .where('generation', '=', generation)
    .where('startedAt', '=', startedAt);

export interface ProgressEntry {
  readonly resource: string;
  readonly state: string;
}

/** Writes nothing when a newer attempt has the stack. */
export async function saveProgress(db: Queryable, run: StackRun, progress: readonly ProgressEntry[]): Promise<void> {
  await ofRun(db, run)
    .set({ progress: JSON.stringify(progress) })
    .execute();
}

export interface RunEnd {
  readonly status: StackStatus;
  readonly error?: string;
  readonly outputs?: object;
  readonly changed: boolean;
}

/** @returns the stack's version, which counts changes; undefined when a newer attempt has the stack. */
export async function endRun(db: Queryable, run: StackRun, end: RunEnd): Promise<number | undefined> {
  const row = await ofRun(db, run)
    .set({
      status: end.status,
      lastResult: end.error === undefined ? 'succeeded' : 'failed',
      lastError: end.error ?? null,
    })
    .set({ endedAt: sql`now()`, ...(end.outputs && { outputs: JSON.stringify(end.outputs) }) })
    .$if(end.status === 'ready', (query) => query.set({ stateSince: sql`coalesce(state_since, now())` }))
    .$if(end.status === 'destroyed', (query) => query.set({ stateSince: null }))
    .set(({ eb }) => ({ version: end.changed ? eb('version', '+', 1) : sql<number>`greatest(version, 1)` }))
    .returning('version')
    .executeTakeFirst();
  return row?.version;
}

export async function addDeploymentMetric(
  db: Queryable,
  metric: { customerId: string; operation: string; durationSeconds: number; status: 'success' | 'failed' },
): Promise<void> {
  await db.insertInto('deploymentMetrics').values(metric).execute();
}

/** What the customer and support see of the deployment. */
export interface Deployment {
  readonly status?: 'provisioning' | 'ready' | 'failed' | 'deleted';
  readonly error?: string | null;
  readonly instanceUrl?: string | null;
  readonly namespace?: string | null;
  readonly organization?: Organization | null;
}

/** A deployment that failed and was taken back has failed: that is what customer and support are to see, with its error. */
const statusAfter = (status: Deployment['status']) =>
  status === 'deleted'
    ? sql<string>`case when deployment_status = 'failed' and phase = 'onboarding' then 'failed' else 'deleted' end`
    : sql<string>`${status}`;

export async function setDeployment(db: Queryable, customerId: string, deployment: Deployment): Promise<void> {
  const { status, error, instanceUrl, namespace, organization } = deployment;
  await db
    .updateTable('customers')
    .set({ updatedAt: sql`now()` })
    .$if(status !== undefined, (query) => query.set({ deploymentStatus: statusAfter(status) }))
    .$if(status === 'ready', (query) => query.set({ deployedAt: sql`coalesce(deployed_at, now())` }))
    .$if(error !== undefined, (query) => query.set({ deploymentError: error ?? null }))
    .$if(instanceUrl !== undefined, (query) => query.set({ instanceUrl: instanceUrl ?? null }))
    .$if(namespace !== undefined, (query) => query.set({ instanceNamespace: namespace ?? null }))
    .$if(organization !== undefined, (query) =>
      query.set({
        awsOrgId: organization?.id ?? null,
        awsManagementAccountId: organization?.managementAccountId ?? null,
      }),
    )
    .where('customerId', '=', customerId)
    .execute();
}
