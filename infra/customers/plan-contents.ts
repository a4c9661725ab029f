import { findPlan, findProfile, isKnownProfile } from '../../workflows/domain/profiles/index.ts';
import type { Terms } from '../../workflows/domain/terms.ts';

/** What a plan includes. A limit that is not named is none. */
export interface PlanContents {
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
}

const planOf = ({ profile, plan }: Pick<Terms, 'profile' | 'plan'>) =>
  isKnownProfile(profile) ? findPlan(findProfile(profile), plan) : undefined;

/** The compliance framework that goes with the plan. */
export const frameworkOf = (sold: Pick<Terms, 'profile' | 'plan'>): string | null => planOf(sold)?.framework ?? null;

/** As agreed with the customer; as in the catalogue of today for who signed up before terms had it. */
export function contentsOf(terms: Pick<Terms, 'profile' | 'plan' | 'features' | 'limits'>): PlanContents {
  const plan = planOf(terms);
  const { features = plan?.features ?? [], limits = plan?.limits ?? {} } = terms;
  return { features, limits };
}
