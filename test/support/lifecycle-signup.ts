import { randomUUID } from 'node:crypto';
import type { Database } from '../../infra/db/database.ts';
import { insertSignup } from '../../infra/db/repositories/signups.ts';
import type { Profile } from '../../workflows/domain/profiles/index.ts';
import { resolveTerms, type SignupChoice } from '../../workflows/domain/terms.ts';
import { tenure } from './default-product.ts';

/** Stores a signup without starting anything. */
export async function addSignup(
  database: Database,
  given: { readonly email?: string; readonly profile?: Profile; readonly choice?: SignupChoice } = {},
) {
  const id = randomUUID();
  const { profile = tenure } = given;
  const signup = {
    ...{ customerId: `cust_${id}`, companyName: `Acme ${id.slice(0, 4)}`, fullName: 'Ada Acme', slug: `acme-${id}` },
    region: profile.regions[0],
    ...{ email: given.email ?? `owner-${id}@acme.example`, passwordHash: 'x' },
    ...{
      terms: resolveTerms(profile, profile.plans[0], {}, given.choice),
      trialEndsAt: new Date('2027-03-15T12:00:00Z'),
    },
  };
  await insertSignup(database, { ...signup, emailNorm: signup.email });
  return signup;
}
