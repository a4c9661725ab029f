import type { CorrectionPatch } from '../../infra/db/repositories/corrections.ts';

export interface CorrectionsSent {
  readonly company_name?: string;
  readonly email?: string;
  readonly slug?: string;
  readonly plan?: string;
  readonly region?: string;
}

/** Corrections under the names the workflow knows. */
export function correctionPatch({ company_name: companyName, ...others }: CorrectionsSent): CorrectionPatch {
  return companyName === undefined ? others : { ...others, companyName };
}
