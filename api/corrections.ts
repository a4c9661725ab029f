import type { CorrectionPatch } from '../infra/db/repositories/corrections.ts';
import { emailProblem } from '../infra/input/email-address.ts';
import { findPlan, type Profile } from '../workflows/domain/profiles/index.ts';
import { invalid, type Problem } from './errors.ts';

export interface CorrectionsSent {
  readonly company_name?: string;
  readonly email?: string;
  readonly slug?: string;
  readonly plan?: string;
  readonly region?: string;
}

function problemsOf({ email, plan, region }: CorrectionsSent, profile: Profile): Problem[] {
  const badEmail = email === undefined ? undefined : emailProblem(email);
  const badPlan = plan !== undefined && findPlan(profile, plan) === undefined;
  const badRegion = region !== undefined && !profile.regions.includes(region);
  const regions = profile.regions.join(', ');
  const plans = profile.plans.map(({ id }) => id).join(', ');
  return [
    ...(badEmail === undefined ? [] : [{ field: 'corrections.email', message: badEmail }]),
    ...(badPlan ? [{ field: 'corrections.plan', message: `corrections.plan must be one of ${plans}.` }] : []),
    ...(badRegion ? [{ field: 'corrections.region', message: `corrections.region must be one of ${regions}.` }] : []),
  ];
}

/** Corrections under the names the workflow knows. @throws ApiError 422 naming what cannot be right */
export function correctionPatch(sent: CorrectionsSent, profile: Profile): CorrectionPatch {
  const problems = problemsOf(sent, profile);
  if (problems.length > 0) throw invalid('The correction is not valid', problems, 422);
  const { company_name: companyName, ...others } = sent;
  return companyName === undefined ? others : { ...others, companyName };
}
