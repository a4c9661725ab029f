import { TemporalFailure } from '@temporalio/workflow';
import { failureType } from '../activity-calls/failure-type.ts';
import { freshKey } from '../activity-calls/fresh-key.ts';
import { billing, email } from '../activity-calls/proxies.ts';
import { isAtRest, refusePause } from '../domain/pause.ts';
import type { BillingAccount } from './billing-account.ts';
import type { CustomerRun } from './customer-run.ts';
import type { PhaseCommands } from './phase-commands.ts';
import { refusal } from './refusals.ts';
import { sendOrAlert } from './send-or-alert.ts';

const DECLINED =
  'Your card was declined, or your bank wants you to confirm the payment. Your plan is still paused, and nothing was charged.';
const NOT_PAUSED = 'You have not paused your plan.';

/** A subscriber pauses their plan, and goes on with it. */
export function pausing(customer: CustomerRun, account: BillingAccount): Pick<PhaseCommands, 'pause' | 'resume'> {
  const { customerId } = customer;
  return {
    pause: {
      run: async ({ months }) => {
        const refused = refusePause(await account.read(), customer.state.terms, months);
        if (refused !== undefined) throw refusal(refused);
        const from = account.state?.subscription?.currentPeriodEndsAt ?? '';
        const { renewsAt } = await billing.pauseCollection({ customerId, months, key: freshKey(customerId, 'pause') });
        await account.read();
        await tell(customer, { from, until: renewsAt });
        return { from, until: renewsAt };
      },
    },
    resume: {
      run: async () => {
        const { subscription } = await account.read();
        if (!subscription?.pause?.byCustomerFrom) throw refusal(NOT_PAUSED);
        await resume(customerId, isAtRest(subscription, customer.clock.now()));
        await account.read();
        await tell(customer, { from: '', until: '' });
        return { resumed: true };
      },
    },
  };
}

async function resume(customerId: string, beginsPeriod: boolean): Promise<void> {
  try {
    await billing.resumeCollection({ customerId, beginsPeriod, key: freshKey(customerId, 'resume') });
  } catch (error) {
    if (!(error instanceof TemporalFailure) || failureType(error) !== 'StripeCardDeclined') throw error;
    throw refusal(DECLINED);
  }
}

/** Both dates are empty when the pause is over. */
async function tell(customer: CustomerRun, dates: { readonly from: string; readonly until: string }): Promise<void> {
  const { customerId } = customer;
  await sendOrAlert(customer, { name: 'plan paused', key: freshKey(customerId, 'planPaused') }, (key) =>
    email.sendPlanPausedMail({ customerId, key, ...dates }),
  );
}
