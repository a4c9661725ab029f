import { CORE_STEPS } from '../core-steps.ts';
import type { Profile } from './profile.ts';

/** What a product is like where it does not say otherwise. */
export const DEFAULTS: Omit<Profile, 'name' | 'brand' | 'plans'> = {
  currency: 'usd',
  target: 'local',
  regions: ['eu-central', 'us-east', 'ap-southeast'],
  trialDays: 14,
  reminderDaysBeforeEnd: [7, 2],
  pastDueDays: 14,
  graceDays: 3,
  retentionDays: 30,
  maxTrialExtensions: 2,
  maxPauseMonths: 3,
  signupsPerHour: 20,
  prospects: { remindAfterHours: 3, abandonAfterHours: 24 },
  steps: CORE_STEPS,
  onboarding: { whenAStepFails: 'park', parkedDays: 30, alertEveryHours: 24 },
  retry: { attempts: 3, initialMs: 1_000, backoff: 2 },
};
