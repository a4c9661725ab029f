import type { CorrectionPatch } from '../infra/db/repositories/corrections.ts';
import { normaliseEmail } from '../infra/email-address.ts';
import { findPlan, type Profile } from '../workflows/domain/profiles/index.ts';
import { invalid, type Problem } from './errors.ts';

export interface CorrectionsSent {
  readonly company_name?: string;
  readonly email?: string;
  readonly slug?: string;
  readonly plan?: string;
}

function problemsOf({ email, plan }: CorrectionsSent, profile: Profile): Problem[] {
  const badEmail = email !== undefined && normaliseEmail(email) === undefined;
  const badPlan = plan !== undefined && findPlan(profile, plan) === undefined;
  const plans = profile.plans.map(({ id }) => id).join(', ');
  return [
    ...(badEmail ? [{ field: 'corrections.email', message: 'Invalid email format' }] : []),
    ...(badPlan ? [{ field: 'corrections.plan', message: `corrections.plan must be one of ${plans}.` }] : []),
  ];
}

/** Corrections under the names the workflow knows. @throws ApiError 422 naming what cannot be right */
export function correctionPatch(sent: CorrectionsSent, profile: Profile): CorrectionPatch {
  const problems = problemsOf(sent, profile);
  if (problems.length > 0) throw invalid('The correction is not valid', problems, 422);
  const { company_name: companyName, ...others } = sent;
  return companyName === undefined ? others : { ...others, companyName };
}
