import { ApplicationFailure } from '@temporalio/common';
import type { Database } from '../../infra/db/database.ts';
import { appendAudit } from '../../infra/db/repositories/audit.ts';
import * as customers from '../../infra/db/repositories/customers.ts';
import { readCorrection } from '../../infra/db/repositories/corrections.ts';
import type { Phase, StandingMode } from '../../workflows/domain/lifecycle.ts';
import type { Correctable } from '../../workflows/domain/onboarding-plan.ts';
import type { Terms } from '../../workflows/domain/terms.ts';
import { correct } from './correct.ts';

interface OfCustomer {
  readonly customerId: string;
}

/** What Postgres knows of a customer. Every activity may run twice with the same effect as once. */
export function createAccountActivities({ database }: { readonly database: Database }) {
  return {
    async enterPhase(input: OfCustomer & { readonly phase: Phase; readonly trialEndsAt: string }): Promise<void> {
      const { customerId, phase, trialEndsAt } = input;
      const before = await customers.getCustomer(database, customerId);
      await database.transaction().execute(async (tx) => {
        await customers.recordPhase(tx, customerId, phase, trialEndsAt);
        if (before.phase !== phase)
          await appendAudit(tx, {
            customerId,
            actor: 'system',
            action: `phase.${phase}`,
            details: { from: before.phase },
          });
      });
    },

    async setStanding(input: OfCustomer & { readonly standing: StandingMode; readonly rule: string }): Promise<void> {
      const { customerId, standing, rule } = input;
      const before = await customers.getCustomer(database, customerId);
      if (before.standing === standing) return;
      await database.transaction().execute(async (tx) => {
        await customers.recordStanding(tx, customerId, standing);
        const details = { from: before.standing, to: standing, rule };
        await appendAudit(tx, { customerId, actor: 'system', action: 'standing.changed', details });
      });
    },

    async recordTrialEnd({ customerId, trialEndsAt }: OfCustomer & { readonly trialEndsAt: string }): Promise<void> {
      await customers.recordTrialEnd(database, customerId, trialEndsAt);
    },

    /** @returns which particulars changed, and the new terms when the plan did */
    async applyCorrection(
      input: OfCustomer & { readonly correctionId: string },
    ): Promise<{ readonly fields: readonly Correctable[]; readonly terms: Terms | null }> {
      const { customerId, correctionId } = input;
      const patch = await readCorrection(database, customerId, correctionId);
      if (!patch) throw ApplicationFailure.nonRetryable(`There is no correction ${correctionId}.`, 'CommandRefused');
      return correct(database, customerId, patch);
    },

    /** The customer has left; address and host name are free again. */
    async endCustomer({ customerId, reason }: OfCustomer & { readonly reason: string }): Promise<void> {
      const before = await customers.getCustomer(database, customerId);
      if (before.phase === 'ended') return;
      await database.transaction().execute(async (tx) => {
        await customers.recordEnd(tx, customerId);
        await appendAudit(tx, {
          customerId,
          actor: 'system',
          action: 'phase.ended',
          details: { from: before.phase, reason },
        });
      });
    },

    /** Forgets the person (S2-6). What stays, the ledger of invoices and audit, carries ids and amounts only. */
    async eraseCustomer({ customerId }: OfCustomer): Promise<void> {
      await database.transaction().execute(async (tx) => {
        await customers.recordEnd(tx, customerId);
        await customers.forgetPerson(tx, customerId);
        await appendAudit(tx, { customerId, actor: 'system', action: 'person.erased' });
      });
    },
  };
}

export type AccountActivities = ReturnType<typeof createAccountActivities>;
