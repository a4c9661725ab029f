import { patched } from '@temporalio/workflow';
import { email } from '../activity-calls/proxies.ts';
import type { BillingAccount } from './billing-account.ts';
import type { CustomerRun } from './customer-run.ts';
import { sendOrAlert } from './send-or-alert.ts';

/** Tells the customer once of each date on which their plan is to end, whoever chose it. */
export async function tellOfEnd(customer: CustomerRun, account: BillingAccount): Promise<void> {
  const endsAt = account.endsAt();
  if (endsAt === null || !patched('an end that is ahead is told')) return;
  const { customerId, state } = customer;
  const ordered = state.leavesOn ? 'yes' : '';
  await sendOrAlert(customer, { name: 'plan ends', key: `${customerId}:planEnds:${endsAt}` }, (key) =>
    email.sendPlanEndsMail({ customerId, key, endsAt, ordered }),
  );
}
