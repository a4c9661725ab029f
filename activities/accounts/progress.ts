import type { Database } from '../../infra/db/database.ts';
import { appendAudit } from '../../infra/db/repositories/audit.ts';
import { cancelEntitlement } from '../../infra/db/repositories/entitlements.ts';
import * as customers from '../../infra/db/repositories/customers.ts';
import { frameworkOf } from '../../infra/customers/plan-contents.ts';
import type { Phase, StandingMode } from '../../workflows/domain/lifecycle.ts';
import { priceSold, type SoldPlan, type Terms } from '../../workflows/domain/terms.ts';

interface CustomerRef {
  readonly customerId: string;
}

/** Records the phase, and the change once in the audit. */
export async function enterPhase(
  database: Database,
  { customerId, phase, trialEndsAt }: CustomerRef & { readonly phase: Phase; readonly trialEndsAt: string | null },
): Promise<void> {
  const before = await customers.getCustomer(database, customerId);
  await database.transaction().execute(async (tx) => {
    await customers.recordPhase(tx, customerId, phase, trialEndsAt);
    // Access must not last as long as Stripe is away.
    if (phase === 'cancellation') await cancelEntitlement(tx, customerId);
    if (before.phase === phase) return;
    await appendAudit(tx, { customerId, actor: 'system', action: `phase.${phase}`, details: { from: before.phase } });
  });
}

/** Records what the customer may do, with the rule that says why. */
export async function setStanding(
  database: Database,
  { customerId, standing, rule }: CustomerRef & { readonly standing: StandingMode; readonly rule: string },
): Promise<void> {
  const before = await customers.getCustomer(database, customerId);
  if (before.standing === standing) return;
  await database.transaction().execute(async (tx) => {
    await customers.recordStanding(tx, customerId, standing);
    const details = { from: before.standing, to: standing, rule };
    await appendAudit(tx, { customerId, actor: 'system', action: 'standing.changed', details });
  });
}

/** How a plan is told in the audit: `pro, annual`. */
const planOf = (terms: SoldPlan): string => {
  const { cycle = 'monthly' } = priceSold(terms) ?? {};
  return cycle === 'monthly' ? terms.plan : `${terms.plan}, ${cycle}`;
};

const aheadOf = ({ planAhead }: Terms): string | undefined =>
  planAhead && `${planOf(planAhead.plan)} from ${planAhead.from}`;

/** The framework that goes with the plan; one that staff chose stays. */
const frameworkWith = ({ terms, complianceFramework: held }: customers.Customer, to: Terms): string | null =>
  held === frameworkOf(terms) ? frameworkOf(to) : held;

/** Records the terms of another plan, and the change once in the audit, with the rule that says why. */
export async function recordPlan(
  database: Database,
  { customerId, terms, rule }: CustomerRef & { readonly terms: Terms; readonly rule: string },
): Promise<void> {
  const before = await customers.getCustomer(database, customerId);
  await database.transaction().execute(async (tx) => {
    await customers.recordTerms(tx, customerId, terms, frameworkWith(before, terms));
    const [from, to, later] = [planOf(before.terms), planOf(terms), aheadOf(terms)];
    if (from === to && aheadOf(before.terms) === later) return;
    const details = { from, to, ...(later !== undefined && { later }), rule };
    await appendAudit(tx, { customerId, actor: 'system', action: 'plan.changed', details });
  });
}

export async function recordTrialEnd(
  database: Database,
  { customerId, trialEndsAt }: CustomerRef & { readonly trialEndsAt: string },
): Promise<void> {
  await customers.recordTrialEnd(database, customerId, trialEndsAt);
}
