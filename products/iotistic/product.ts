import { defineProduct } from 'tenure/product';
import { mails } from './mails.ts';
import { words } from './words.ts';

// Devices in the field, each customer with an instance of their own: a trial of 14 days without a card, three read-only
// days after it. What it promises, it says itself, so that Tenure's own figures and texts may change.
export default defineProduct({
  name: 'iotistic',
  brand: { name: 'Iotistic', colour: '#0b6e4f' },
  plans: [
    { id: 'starter', name: 'Starter', monthlyCents: 9_900, maxDevices: 10, connections: 5 },
    { id: 'professional', name: 'Professional', monthlyCents: 49_900, maxDevices: 100, connections: 20 },
    { id: 'enterprise', name: 'Enterprise', monthlyCents: 249_900, maxDevices: 1_000, connections: 50 },
  ],
  trialDays: 14,
  reminderDaysBeforeEnd: [7, 2],
  graceDays: 3,
  words,
  mails,
});
