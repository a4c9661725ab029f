import { CORE_STEPS } from '../core-steps.ts';
import { checkProfile } from './check-profile.ts';

/** The default product: the plans of S1 at the prices of S4. */
export const tenure = checkProfile({
  name: 'tenure',
  brand: { name: 'Tenure' },
  currency: 'usd',
  plans: [
    { id: 'starter', name: 'Starter', monthlyCents: 9_900, maxDevices: 10, connections: 5 },
    { id: 'professional', name: 'Professional', monthlyCents: 49_900, maxDevices: 100, connections: 20 },
    { id: 'enterprise', name: 'Enterprise', monthlyCents: 249_900, maxDevices: 1_000, connections: 50 },
  ],
  target: 'local',
  regions: ['eu-central', 'us-east', 'ap-southeast'],
  trialDays: 14,
  reminderDaysBeforeEnd: [7, 2],
  graceDays: 3,
  retentionDays: 30,
  maxTrialExtensions: 2,
  signupsPerHour: 20,
  steps: CORE_STEPS,
  onboarding: { whenAStepFails: 'park', parkedDays: 30, alertEveryHours: 24 },
  retry: { attempts: 3, initialMs: 1_000, backoff: 2 },
});
