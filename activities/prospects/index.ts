import type { Client } from '@temporalio/client';
import {
  createCustomer,
  EmailTakenError,
  SubjectTakenError,
  type NewCustomer,
} from '../../infra/customers/create-customer.ts';
import type { Database } from '../../infra/db/database.ts';
import { findAccountByEmail } from '../../infra/db/repositories/accounts.ts';
import { findCustomer } from '../../infra/db/repositories/customers.ts';
import { endProspect, getProspect, recordRefusal, type Prospect } from '../../infra/db/repositories/prospects.ts';
import type { LicenceSigner } from '../../infra/licences.ts';
import { startOnboarding } from '../../infra/temporal/start-onboarding.ts';
import type { Creation, ProspectEnd } from '../../workflows/contract/prospect.ts';

interface Deps {
  readonly database: Database;
  readonly temporal: Client;
  readonly licences: LicenceSigner;
}

interface ProspectRef {
  readonly customerId: string;
}

function customerOf(prospect: Prospect, trialEndsAt: string | null): NewCustomer {
  const { customerId, email, emailNorm, companyName, fullName, region, terms, kind } = prospect;
  const { subject, identityName, givenName, familyName } = prospect;
  if (email === null || emailNorm === null || companyName === null)
    throw new Error(`The prospect ${customerId} has already been deleted.`);
  return {
    ...{ customerId, email, emailNorm, companyName, fullName, region, terms, passwordHash: null },
    ...{ subject, identityName, givenName, familyName },
    ...{ now: new Date(), ...(trialEndsAt !== null && { trialEndsAt: new Date(trialEndsAt) }) },
    beginning: { actor: 'customer', action: 'customer.signed_up', details: { plan: terms.plan, by: kind } },
  };
}

/** What happens to prospects. Every activity is safe to run twice. */
export function createProspectActivities(deps: Deps) {
  const { database } = deps;
  return {
    /** Makes them a customer under the id that they have, and starts their onboarding. */
    async createCustomer({
      customerId,
      trialEndsAt,
    }: ProspectRef & { readonly trialEndsAt: string | null }): Promise<Creation> {
      const prospect = await getProspect(database, customerId);
      try {
        const known = await findCustomer(database, customerId);
        const customer = known ?? (await createCustomer(deps, customerOf(prospect, trialEndsAt)));
        await startOnboarding(deps, customer);
      } catch (error) {
        // The identity is a customer already: there is nothing to create, and nothing to tell anybody.
        if (error instanceof SubjectTakenError) return { outcome: 'refused', holder: null };
        if (!(error instanceof EmailTakenError)) throw error;
        if (prospect.kind === 'hook') {
          await recordRefusal(database, customerId, 'address_taken');
          // Nobody has paid: that support is told of the identity is enough (infra/sweepers/refused-identities.ts).
          return { outcome: 'refused', holder: null };
        }
        const holder = await findAccountByEmail(database, prospect.emailNorm ?? '');
        return { outcome: 'refused', holder: holder?.customerId ?? null };
      }
      await endProspect(database, customerId, 'customer');
      return { outcome: 'customer' };
    },

    async endProspect({ customerId, end }: ProspectRef & { readonly end: ProspectEnd }): Promise<void> {
      await endProspect(database, customerId, end);
    },
  };
}

export type ProspectActivities = ReturnType<typeof createProspectActivities>;
