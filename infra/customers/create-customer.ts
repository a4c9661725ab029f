import { firstLicenceUntil } from '../../workflows/domain/customer-state.ts';
import { sellsTrial } from '../../workflows/domain/core-steps.ts';
import type { Terms } from '../../workflows/domain/terms.ts';
import { daysAfter } from '../../workflows/domain/time.ts';
import { violatedConstraint } from '../db/constraints.ts';
import type { Database } from '../db/database.ts';
import { appendAudit, type AuditEvent } from '../db/repositories/audit.ts';
import { giveUpSubject } from '../db/repositories/customers.ts';
import { recordLicence } from '../db/repositories/licences.ts';
import { insertSignup, type SignupRow } from '../db/repositories/signups.ts';
import { takenSlugs } from '../db/repositories/slugs.ts';
import { featuresClaim, type LicenceSigner } from '../licences.ts';
import { contentsOf, frameworkOf } from './plan-contents.ts';
import { freeSlug, slugCandidates, slugOf } from './slug.ts';

const SLUG_TRIES = 10;

/** The customer to create, whoever requests it. */
export interface NewCustomer extends Omit<SignupRow, 'slug' | 'trialEndsAt'> {
  /** By whom and why, for the audit trail. */
  readonly beginning: Omit<AuditEvent, 'customerId'>;
  readonly now: Date;
  /** Given when Stripe already has it; otherwise the trial of the terms begins now. */
  readonly trialEndsAt?: Date | undefined;
}

export interface CreatedCustomer {
  readonly customerId: string;
  readonly terms: Terms;
  /** Null for a customer without a trial. */
  readonly trialEndsAt: Date | null;
  readonly createdAt: Date;
  readonly slug: string;
  readonly licence: { readonly token: string; readonly expiresAt: Date };
}

/** Another customer has this address. */
export class EmailTakenError extends Error {
  override readonly name = 'EmailTakenError';
}

/** Another customer has this identity. */
export class SubjectTakenError extends Error {
  override readonly name = 'SubjectTakenError';
}

interface Deps {
  readonly database: Database;
  readonly licences: LicenceSigner;
}

interface Prepared extends Omit<CreatedCustomer, 'slug'> {
  readonly licenceHash: string;
}

async function prepare({ licences }: Deps, { customerId, terms, now, ...given }: NewCustomer): Promise<Prepared> {
  const signedUpAt = now.toISOString();
  const ownEnd = given.trialEndsAt?.toISOString() ?? daysAfter(signedUpAt, terms.trialDays);
  const trialEndsAt = sellsTrial(terms) ? ownEnd : null;
  const expiresAt = new Date(firstLicenceUntil({ terms, trialEndsAt, signedUpAt }));
  const { plan, maxDevices } = terms;
  const licence = { customerId, plan, maxDevices, ...contentsOf(terms), expiresAt };
  const { token, hash: licenceHash } = await licences.issue(licence);
  const dates = { trialEndsAt: trialEndsAt === null ? null : new Date(trialEndsAt), createdAt: now };
  return { customerId, terms, ...dates, licenceHash, licence: { token, expiresAt } };
}

async function store(
  { database }: Deps,
  { beginning, ...customer }: NewCustomer,
  { licenceHash, ...prepared }: Prepared,
  tries: number,
): Promise<CreatedCustomer> {
  const { customerId, terms, trialEndsAt, licence } = prepared;
  const { email, emailNorm, companyName, fullName, region, passwordHash, signupForm } = customer;
  const { subject = null, identityName = null, givenName = null, familyName = null } = customer;
  // What staff notes comes before what the plan says.
  const complianceFramework = customer.complianceFramework ?? frameworkOf(customer.terms);
  const { plan, maxDevices, trialDays } = terms;
  const base = slugOf(companyName, customerId);
  const slug = freeSlug(base, tries, await takenSlugs(database, slugCandidates(base)));
  await database.transaction().execute(async (db) => {
    if (subject !== null) await giveUpSubject(db, { profile: terms.profile, subject });
    await insertSignup(db, {
      ...{ customerId, email, emailNorm, companyName, fullName, slug, region, passwordHash, terms, trialEndsAt },
      ...{ signupForm, complianceFramework, subject, identityName, givenName, familyName },
    });
    await recordLicence(db, {
      ...{ customerId, plan, maxDevices, licenceHash, token: licence.token, expiresAt: licence.expiresAt },
      action: 'generated',
      generatedBy: 'signup',
      metadata: { type: 'trial_signup', trialDays, features: featuresClaim({ maxDevices, ...contentsOf(terms) }) },
    });
    await appendAudit(db, { customerId, ...beginning });
  });
  return { ...prepared, slug };
}

/**
 * The only way to create a customer: one transaction with their account, licence and the first line of their audit
 * trail. Start their workflow after it; a sweeper starts it if that did not happen.
 * @throws EmailTakenError when another customer has the address, SubjectTakenError when another has the identity
 */
export async function createCustomer(deps: Deps, customer: NewCustomer): Promise<CreatedCustomer> {
  const prepared = await prepare(deps, customer);
  for (let tries = 1; ; tries += 1) {
    try {
      return await store(deps, customer, prepared, tries);
    } catch (error) {
      const constraint = violatedConstraint(error);
      if (constraint === 'customers_email_norm_key') throw new EmailTakenError();
      if (constraint === 'customers_subject_key') throw new SubjectTakenError();
      // Two companies with the same name at the same moment: the other one has the slug now.
      if (constraint !== 'customers_slug_key' || tries === SLUG_TRIES) throw error;
    }
  }
}
