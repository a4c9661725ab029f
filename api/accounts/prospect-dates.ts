import { HOUR_MS } from '../../workflows/domain/time.ts';
import type { AppDeps } from '../http/deps.ts';

interface ProspectDates {
  readonly remindAt: Date;
  readonly abandonAt: Date;
}

/** When somebody who begins to sign up now is reminded, and when they are forgotten. */
export function prospectDates({ profile: { prospects }, now = () => new Date() }: AppDeps): ProspectDates {
  const inHours = (hours: number): Date => new Date(now().getTime() + hours * HOUR_MS);
  return { remindAt: inHours(prospects.remindAfterHours), abandonAt: inHours(prospects.abandonAfterHours) };
}
