import type { Database } from '../../infra/db/database.ts';
import { revokeAccess } from '../../infra/db/repositories/access.ts';
import { appendAudit } from '../../infra/db/repositories/audit.ts';
import { getCustomer } from '../../infra/db/repositories/customers.ts';
import { newestLicence, recordLicence } from '../../infra/db/repositories/licences.ts';
import { contentsOf } from '../../infra/customers/plan-contents.ts';
import type { LicenceSigner } from '../../infra/licences.ts';

/** Licences live in Postgres; the next operation on the stack delivers the newest to the instance. */
export function createLicenceActivities({
  database,
  signer,
}: {
  readonly database: Database;
  readonly signer: LicenceSigner;
}) {
  return {
    /** Issues a licence until then, unless the newest one already is for that plan and date. */
    async renewLicence(input: {
      readonly customerId: string;
      readonly expiresAt: string;
      readonly reason: string;
    }): Promise<void> {
      const { customerId, reason } = input;
      const { plan, terms } = await getCustomer(database, customerId);
      // A licence carries whole seconds; comparing finer would renew it for ever.
      const expiresAt = new Date(Math.floor(Date.parse(input.expiresAt) / 1000) * 1000);
      const newest = await newestLicence(database, customerId);
      if (newest?.plan === plan && newest.expiresAt.getTime() === expiresAt.getTime()) return;
      const { maxDevices } = terms;
      const licence = { customerId, plan, maxDevices, ...contentsOf(terms), expiresAt };
      const { token, hash } = await signer.issue(licence);
      await recordLicence(database, {
        ...{ customerId, plan, maxDevices, token, expiresAt },
        action: 'renewed',
        licenceHash: hash,
        generatedBy: 'workflow',
        metadata: { reason },
      });
    },

    /**
     * Revokes licences, API keys and one-time links, and ends every session. The address is free for another customer,
     * so signing in is no longer possible: the last mail says what became of the account.
     */
    async revokeAccess({ customerId }: { readonly customerId: string }): Promise<void> {
      await database.transaction().execute(async (tx) => {
        await revokeAccess(tx, customerId);
        await appendAudit(tx, { customerId, actor: 'system', action: 'access.revoked' });
      });
    },
  };
}

export type LicenceActivities = ReturnType<typeof createLicenceActivities>;
