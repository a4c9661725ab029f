import { ApplicationFailure } from '@temporalio/common';
import { failureOfStep } from '../../../activities/own-steps/failures.ts';
import { refuse } from '../../../infra/product/define-step.ts';

test.each([
  ['Domain\0Taken', 'msg\0', { type: 'StepRefused', message: 'msg', nonRetryable: true }],
  ['X'.repeat(5_000), 'y'.repeat(3_000_000), { type: 'StepRefused', message: 'y'.repeat(500), nonRetryable: true }],
  ['DomainTaken', 'It is taken.', { type: 'DomainTaken', message: 'It is taken.', nonRetryable: true }],
])('what a step refuses with fits into history, ledger and log', (type, message, told) => {
  expect(failureOfStep(refuse(type, message))).toMatchObject(told);
});

test('what is tried again stays so, and what is no error becomes one', () => {
  expect(failureOfStep(ApplicationFailure.retryable('later', 'Busy'))).toMatchObject({ nonRetryable: false });
  for (const odd of ['text', null, { name: 'ada@example.com' }])
    expect(failureOfStep(odd)).toEqual(new Error('The step threw something that is not an Error.'));
});
