import { html } from 'ghtml';
import type { AttemptView, StepView } from '../../../infra/db/repositories/console.ts';
import { attemptsAt, type CustomerDetail } from '../../support/customer-detail.ts';
import { cell, section, time } from './tables.ts';
import { instant, state } from './words.ts';

const failure = (type: string | null, message: string | null): string =>
  html`${type ?? '–'} <small>${message ?? ''}</small>`;

const clock = (date: Date): string => date.toISOString().slice(11, 19);

const attempt = ({ direction, attempt: number, state: word, errorType, startedAt, endedAt }: AttemptView): string => {
  const what = direction === 'undo' ? 'undo ' : '';
  const error = errorType === null ? '' : `: ${errorType}`;
  const end = endedAt === null || clock(endedAt) === clock(startedAt) ? '' : ` to ${clock(endedAt)}`;
  return html`<small>${what}${String(number)} ${word}${error}, ${clock(startedAt)}${end}</small>`;
};

/** A step that succeeded at the first attempt needs no list. */
function attempts(step: StepView, all: readonly AttemptView[]): string {
  const log = attemptsAt(step, all);
  return html`${String(step.attempts)}!${log.length < 2 ? '' : html`<div class="log">!${log.map(attempt)}</div>`}`;
}

const made = ({ output }: StepView): string =>
  Object.values((output ?? {}) as Readonly<Record<string, string | number>>)
    .map((reference) => html`<small>${String(reference)}</small>`)
    .join('<br />') || '–';

const replayed = ({ epoch, replayActor, replayReason }: StepView): string =>
  replayActor === null ? cell(epoch) : html`${String(epoch)} <small>${replayActor}: ${replayReason ?? ''}</small>`;

/** A failed step stays failed even when its leftovers were cleaned up. */
const states = ({ state: word, undoState }: StepView): string =>
  word === 'failed' && undoState !== null ? `${state(word)} ${state(undoState)}` : state(undoState ?? word);

const when = ({ startedAt, endedAt }: StepView): string =>
  startedAt === null && endedAt === null ? '–' : `${time(instant(startedAt))}<br />${time(instant(endedAt))}`;

/** The step ledger: each step's state, every attempt, what it created, and who replayed it and why. */
export const stepsSection = ({ steps, attempts: all }: CustomerDetail): string =>
  section(
    'Steps',
    ['Step', 'State', 'Try', 'Attempts', 'Error', 'Made', 'Began, ended'],
    steps.map((step) => [
      cell(step.step),
      states(step),
      replayed(step),
      attempts(step, all),
      failure(step.errorType, step.errorMessage),
      made(step),
      when(step),
    ]),
  );
