import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { temporal } from '@temporalio/proto';
import { whatFails } from '../../../infra/temporal/failing-work.ts';

type Failure = temporal.api.failure.v1.IFailure;
const { TIMEOUT_TYPE_HEARTBEAT: timeoutType } = proto.temporal.api.enums.v1.TimeoutType;
const ofType = (type: string): Failure => ({ message: 'ada@example.com', applicationFailureInfo: { type } });

/** An open run with one activity. */
const runWith = (attempt: number, lastFailure: Failure | null): WorkflowExecutionDescription => {
  const pendingActivities = [{ activityType: { name: 'sendReadyMail' }, attempt, lastFailure }];
  const described = {
    status: { name: 'RUNNING' },
    type: 'onboarding',
    workflowId: 'customer/one',
    runId: 'r',
    raw: { pendingActivities },
  };
  return described as unknown as WorkflowExecutionDescription;
};

test.each([
  {
    what: 'a reason without a name',
    attempt: 10,
    failure: ofType('TypeError'),
    told: 'sendReadyMail fails (TypeError)',
  },
  {
    what: 'a type that somebody wrote',
    attempt: 10,
    failure: ofType('to ada@example.com'),
    told: 'sendReadyMail fails (Unknown)',
  },
  {
    what: 'workers that die of it',
    attempt: 10,
    failure: { timeoutFailureInfo: { timeoutType } },
    told: 'sendReadyMail does not end in time (heartbeat)',
  },
  { what: 'a few tries', attempt: 9, failure: ofType('TypeError'), told: null },
  { what: 'an outage, which is told as one', attempt: 99, failure: ofType('StripeUnavailable'), told: null },
  { what: 'no failure yet', attempt: 99, failure: null, told: null },
])('an activity that fails again and again: $what', async ({ attempt, failure, told }) => {
  expect(await whatFails({} as unknown as Client, runWith(attempt, failure))).toBe(told && `onboarding: ${told}.`);
});
