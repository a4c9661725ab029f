import { findPlan, findProfile, isKnownProfile } from '../../workflows/domain/profiles/index.ts';
import type { Terms } from '../../workflows/domain/terms.ts';

/** What a plan includes. A limit that is not named is none. */
export interface PlanContents {
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
}

/** As agreed with the customer; as in the catalogue of today for who signed up before terms had it. */
export function contentsOf(terms: Pick<Terms, 'profile' | 'plan' | 'features' | 'limits'>): PlanContents {
  const plan = isKnownProfile(terms.profile) ? findPlan(findProfile(terms.profile), terms.plan) : undefined;
  const { features = plan?.features ?? [], limits = plan?.limits ?? {} } = terms;
  return { features, limits };
}
