import { html } from 'ghtml';
import type { WaitingFor } from '../../../infra/db/repositories/waiting-work.ts';
import type { StackView, StepView } from '../../../infra/db/repositories/console.ts';
import type { Customer } from '../../../infra/db/repositories/customers.ts';
import { hasInstance, stepsOf } from '../../../workflows/domain/core-steps.ts';
import { failedPart, namesOf, type Step } from '../../../workflows/domain/steps.ts';
import { isInPlace } from '../../support/status-words.ts';
import { buttonForm } from './forms.ts';
import { liveFrom, type Page } from './layout.ts';

export interface OnboardingView {
  readonly customer: Customer;
  readonly steps: readonly StepView[];
  readonly stack: StackView | undefined;
  /** What the work waits for, if something Tenure depends on is away. */
  readonly waiting: readonly WaitingFor[];
  /** Whether their end was ordered: what was set up is being removed. */
  readonly closing: boolean;
  readonly csrf: string;
}

interface Shown {
  readonly mark: string;
  readonly word: string;
}

const MARKS: Readonly<Partial<Record<string, Shown>>> = {
  waiting: { mark: '○', word: 'waiting' },
  running: { mark: '◌', word: 'working on it' },
  done: { mark: '✓', word: 'done' },
  failed: { mark: '✕', word: 'failed' },
  undoing: { mark: '◌', word: 'being removed' },
  undone: { mark: '○', word: 'removed' },
  undo_failed: { mark: '✕', word: 'could not be removed yet' },
  skipped: { mark: '–', word: 'skipped' },
};

/** The same states for an account that is being closed or has been: a stopped step did not fail. */
const WHEN_LEAVING: Readonly<Partial<Record<string, Shown>>> = {
  waiting: { mark: '–', word: 'not started' },
  running: { mark: '◌', word: 'stopping' },
  failed: { mark: '–', word: 'stopped' },
};

const isGone = ({ phase }: Customer): boolean => phase === 'cancellation' || phase === 'ended';
const isLeaving = ({ closing, customer }: OnboardingView): boolean => closing || isGone(customer);

/** The rows have the newest attempt first. */
const newest = (steps: readonly StepView[], name: string): StepView | undefined =>
  steps.find(({ step }) => step === name);

function resources({ stack }: OnboardingView): string {
  const ready = stack?.progress.filter(({ state }) => isInPlace(state)).length ?? 0;
  const total = stack?.progress.length ?? 0;
  return total === 0 ? '' : `, ${String(ready)} of ${String(total)} parts so far`;
}

/** What a waiting step waits for, so that no row is left unexplained. */
function waitsFor(view: OnboardingView, step: Step): string {
  const open = step.needs.filter((need) => stateOf(view, newest(view.steps, need)) !== 'done');
  const needed = stepsOf(view.customer.terms).filter(({ name }) => open.includes(name));
  if (needed.length === 0 && isSettled(view.customer)) return 'not started';
  return needed.length === 0 ? 'about to start' : `after: ${needed.map(({ title }) => title.toLowerCase()).join(', ')}`;
}

/**
 * The leftovers of a failed step are cleaned up immediately: for the customer it has still failed, however that goes.
 * For a customer who is leaving, the removal counts.
 */
function stateOf(view: OnboardingView, step: StepView | undefined): string {
  if (step?.state === 'failed' && (step.undoState === 'undone' || !isLeaving(view))) return 'failed';
  return step?.undoState ?? step?.state ?? 'waiting';
}
const tries = ({ attempts }: StepView): string => (attempts > 1 ? `, try ${String(attempts)}` : '');

function remark(view: OnboardingView, row: Step, step: StepView | undefined): string {
  const state = stateOf(view, step);
  if (!step || state === 'waiting') return waitsFor(view, row);
  if (state === 'failed' && !isSettled(view.customer)) return `failed${tries(step)}; trying again`;
  const parts = row.name === 'stack' && state === 'running' ? resources(view) : '';
  return `${MARKS[state]?.word ?? state}${tries(step)}${parts}`;
}

function line(view: OnboardingView, row: Step): string {
  const step = newest(view.steps, row.name);
  const state = stateOf(view, step);
  const stopped = isLeaving(view) ? WHEN_LEAVING[state] : undefined;
  return html`
    <li class="${stopped && state === 'failed' ? 'waiting' : state}">
      <span class="mark" aria-hidden="true">${(stopped ?? MARKS[state])?.mark ?? '○'}</span>
      <span>${row.title} <small>${stopped?.word ?? remark(view, row, step)}</small></span>
    </li>
  `;
}

const thing = ({ customer }: OnboardingView): string => (hasInstance(customer.terms) ? 'instance' : 'account');

const openInstance = (company: string | null): string =>
  html`<a role="button" href="/account/instance">Open ${company ?? 'my instance'}</a>`;

const ready = (view: OnboardingView): string => html`
  <div class="notice good" role="status">
    <strong>Your ${thing(view)} is ready.</strong>
    <p class="actions">
      !${view.customer.instanceUrl === null ? '' : openInstance(view.customer.companyName)}
      <a href="/account">Your account</a>
    </p>
  </div>
`;

function failedThing(view: OnboardingView): string {
  const steps = stepsOf(view.customer.terms);
  const failed = steps.filter(({ name }) => ['failed', 'undo_failed'].includes(newest(view.steps, name)?.state ?? ''));
  return failedPart(steps, namesOf(failed)) === 'billing' ? 'billing account' : thing(view);
}

const failed = (view: OnboardingView): string => html`
  <div class="notice bad" role="alert">
    <strong>We could not set up your ${failedThing(view)}.</strong>
    <p>
      You have not been charged, and the steps that are done are kept. Our support team has been notified and is looking
      into it; you can also try again yourself.
    </p>
    !${buttonForm({ action: '/onboarding/retry', csrf: view.csrf, label: 'Try again' })}
  </div>
`;

const closing = html`<p role="status">
  Setup was cancelled. We're removing what was set up, then your account is closed; we'll email you when that's done.
</p>`;

const gone = html`<div class="notice" role="status"><strong>This account has been closed.</strong></div>`;

/** Names a service that everybody knows, but no part of ours. */
const KNOWN_SERVICES: readonly string[] = ['Stripe', 'the mail service'];
const service = ({ waitsFor }: WaitingFor): string =>
  KNOWN_SERVICES.includes(waitsFor) ? waitsFor : 'one of our systems';

function working({ customer, waiting: [longest] }: OnboardingView): string {
  if (customer.workflowStartedAt === null) return "You're signed up. Setup starts automatically in a moment.";
  return longest
    ? `We're waiting for ${service(longest)} to respond. Setup continues automatically; we'll email you when it's ready.`
    : "This takes a few minutes at most. You can close this page: we'll email you when it's ready.";
}

function outcome(view: OnboardingView): string {
  const { phase, attention } = view.customer;
  if (isGone(view.customer)) return gone;
  if (phase !== 'onboarding') return ready(view);
  if (view.closing) return closing;
  return attention === null ? html`<p>${working(view)}</p>` : failed(view);
}

/** Whether nothing more is going to change on this page by itself soon. */
export const isSettled = ({ phase, attention }: Customer): boolean => phase !== 'onboarding' || attention !== null;

/** The part of the page that is sent again whenever it changes. */
export const onboardingProgress = (view: OnboardingView): string => html`
  !${outcome(view)}
  <ol class="steps">
    !${stepsOf(view.customer.terms).map((row) => line(view, row))}
  </ol>
`;

export const onboardingPage = (view: OnboardingView): Page => ({
  title: 'Setting up',
  visitor: 'customer',
  live: true,
  csrf: view.csrf,
  reloadSeconds: 3,
  body: html`
    <hgroup>
      <h1>${view.customer.companyName ?? 'Your instance'}</h1>
      <p>Your ${thing(view)}, step by step</p>
    </hgroup>
    <section aria-live="polite" !${liveFrom('/onboarding/events')}>!${onboardingProgress(view)}</section>
  `,
});
