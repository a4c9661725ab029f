import { randomUUID } from 'node:crypto';
import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { replayOnboarding } from '../../api/support/customer-commands.ts';
import { CORE_STEPS } from '../../workflows/domain/core-steps.ts';
import type { OwnStepInput, Step } from '../../workflows/domain/steps.ts';
import { eventually } from '../support/eventually.ts';
import { LifecycleHarness, DAY } from '../support/lifecycle.ts';

// A product's own step: a row in its list, and two activities that the core knows nothing about.
const DOMAIN: Step = {
  name: 'mailDomain',
  title: 'Set up your mail domain',
  part: 'instance',
  needs: ['stripeCustomer'],
  takes: ['slug'],
  whenItFails: 'policy',
  run: 'addMailDomain',
  undo: 'removeMailDomain',
  queue: 'provisioning',
};

/** A provider that deduplicates by key, and can be down. */
class MailDomains {
  readonly calls: (OwnStepInput & { readonly what: string })[] = [];
  readonly made = new Map<string, string>();
  readonly refuses = new Set<string>();

  readonly addMailDomain = (input: OwnStepInput): Promise<void> => {
    this.calls.push({ what: 'add', ...input });
    if (this.refuses.has(input.customerId))
      return Promise.reject(ApplicationFailure.nonRetryable('The domain is not free.', 'SlugTaken'));
    this.made.set(input.customerId, input.key);
    return Promise.resolve();
  };
  readonly removeMailDomain = ({ customerId, ...input }: OwnStepInput): Promise<void> => {
    this.calls.push({ what: 'remove', customerId, ...input });
    this.made.delete(customerId);
    return Promise.resolve();
  };
  of(customerId: string) {
    return this.calls.filter((call) => call.customerId === customerId);
  }
}

const domains = new MailDomains();

/** Leaves the rows in the ledger that a worker leaves when it dies in every attempt. */
let lostTries = 0;
const endWorker = async ({ customerId }: OwnStepInput): Promise<never> => {
  const { scheduledTimestampMs } = activityInfo();
  lostTries += 1;
  const lost = { customerId, step: 'mailDomain', epoch: 1, direction: 'run', state: 'lost', endedAt: new Date() };
  const tries = [11, 12, 13, 14, 15].map((attempt) => ({
    ...lost,
    attempt,
    scheduledAt: new Date(scheduledTimestampMs),
  }));
  await harness.database.insertInto('onboardingStepAttempts').values(tries).execute();
  throw new Error('as if it had ended');
};
let harness: LifecycleHarness;
beforeAll(async () => {
  const { addMailDomain, removeMailDomain } = domains;
  harness = await LifecycleHarness.start({
    profile: { steps: [...CORE_STEPS, DOMAIN] },
    ownActivities: { addMailDomain, removeMailDomain, 'acme.mailDomain.run': endWorker },
  });
});
afterAll(() => harness.close());

/** The first alert of a customer, with the text of its mail. */
async function toldOf(customerId: string) {
  const mails = await eventually('the alert', async () => {
    const sent = await harness.supportMails(customerId);
    return sent.length > 0 && sent;
  });
  const [alert] = await harness.alerts(customerId);
  return { summary: alert?.summary, mail: mails[0]?.text };
}

test('it is carried out among the others, under a key and at the time of the customer, and stands in the ledger', async () => {
  const { customerId } = await harness.inTrial();
  expect(domains.of(customerId)).toEqual([
    {
      what: 'add',
      customerId,
      key: `${customerId}:mailDomain:1:v1`,
      now: expect.stringMatching(/^20\d\d-.*Z$/) as string,
    },
  ]);
  const rows = (await harness.ledger(customerId)).filter(({ step }) => step === 'mailDomain');
  expect(rows).toMatchObject([{ state: 'done', attempts: 1 }]);
});

test('one that fails parks the customer; a correction that it takes replays it under another key', async () => {
  const refuse = (id: string): void => void domains.refuses.add(id);
  const { customerId } = await harness.signUp({ beforeStart: refuse });
  await harness.untilRow(customerId, 'parked', ({ attention }) => attention === 'mailDomain');
  // Tenure has no diagnosis for this type: support gets the step's own words.
  const alert = await toldOf(customerId);
  expect(alert).toMatchObject({ summary: 'SlugTaken: The domain is not free.' });
  expect(alert.mail).toContain('Cause: The domain is not free. (SlugTaken)');
  domains.refuses.delete(customerId);
  const order = { customerId, actor: 'staff', commandId: randomUUID() };
  const corrections = { slug: `own-${customerId.slice(5, 13)}` };
  const result = await replayOnboarding(harness.deps, order, { from: 'failed', corrections, reason: 'not free' });
  expect(result.willRun).toEqual(['stack', 'instanceHealth', 'readyMail', 'mailDomain']);
  await harness.untilPhase(customerId, 'trial');
  expect(domains.made.get(customerId)).toBe(`${customerId}:mailDomain:2:v1`);
});

test('it is undone for a customer who leaves later too, once; a failure is retried, and support is told', async () => {
  const { customerId } = await harness.inTrial();
  harness.failpoints.arm('removeMailDomain', customerId, 'before');
  await harness.command(customerId, 'cancel', { when: 'now' });
  await harness.untilRow(customerId, 'alerted', ({ attention }) => attention !== null);
  expect(domains.made.has(customerId)).toBe(true);
  harness.failpoints.disarm(customerId);
  await harness.advance(customerId, Date.now() + 60 * DAY);
  await harness.untilPhase(customerId, 'ended');
  expect(domains.made.has(customerId)).toBe(false);
  expect(domains.of(customerId).map(({ what }) => what)).toEqual(['add', 'remove']);
});

test('one whose activity no worker has parks the customer, whose onboarding can be abandoned', async () => {
  const unknown = { ...DOMAIN, run: 'nobodyHasThis', undo: 'norThis' };
  const { customerId } = await harness.signUp({ profile: { steps: [...CORE_STEPS, unknown] } });
  await harness.untilRow(customerId, 'parked', ({ attention }) => attention === 'mailDomain');
  const alert = await toldOf(customerId);
  expect(alert.summary).toContain('NotFoundError: No worker knows the step');
  expect(alert.mail).toContain('Check that the workers run the product that has this step');
  await harness.command(customerId, 'cancel', { when: 'now' });
  await harness.untilRow(customerId, 'told', ({ attention }) => attention !== null);
});

test('one in which the worker ended again and again is not begun once more, and parks the customer', async () => {
  const deadly = { ...DOMAIN, run: 'acme.mailDomain.run' };
  const { customerId } = await harness.signUp({ profile: { steps: [...CORE_STEPS, deadly] } });
  await harness.untilRow(customerId, 'parked', ({ attention }) => attention === 'mailDomain');
  const row = (await harness.ledger(customerId)).find(({ step }) => step === 'mailDomain');
  expect(row).toMatchObject({ state: 'failed', errorType: 'StepEndsWorkers' });
  expect(lostTries).toBe(1);
});

test('with all others it is taken back when the customer is given up', async () => {
  const { customerId } = await harness.signUp({
    beforeStart: (id) => void harness.failpoints.arm('checkInstance', id, 'before'),
  });
  await harness.untilRow(customerId, 'parked', ({ attention }) => attention === 'instanceHealth');
  expect(domains.made.has(customerId)).toBe(true);
  await harness.command(customerId, 'abandonOnboarding', {});
  await harness.untilPhase(customerId, 'ended');
  expect(domains.made.has(customerId)).toBe(false);
  expect(domains.of(customerId).map(({ what }) => what)).toEqual(['add', 'remove']);
});
