import { html } from 'ghtml';
import type { TimelineEntry, TimelineKind } from '../../../infra/db/repositories/timeline.ts';
import type { Explanation } from '../../support/explain.ts';
import { cell, prose, section, time } from './tables.ts';
import { formatTime } from '../../support/format-time.ts';
import { badge, facts, instant, readable } from './words.ts';

const failure = ({
  step,
  error_type: type,
  cause,
  suggestedFix,
  replayMayHelp,
}: Explanation['failures'][number]) => html`
  <article class="notice bad">
    <h3>${step} failed</h3>
    !${facts([
      { name: 'Cause', markup: html`${cause} <small>(${type})</small>` },
      { name: 'What to do', markup: prose(suggestedFix) },
      {
        name: 'Replay',
        text: replayMayHelp ? 'Replay without a correction may help' : 'Replay without a correction will fail again',
      },
    ])}
  </article>
`;

const next = (list: Explanation['next']): string =>
  list.length === 0
    ? ''
    : html`<h3>What happens next</h3>
        <ol class="next">
          !${list.map(({ at, what }) => html`<li>!${time(formatTime(new Date(at)))} ${readable(what)}</li>`)}
        </ol>`;

const waiting = (waitingFor: string | null): string =>
  html`<p>
    Waiting for: !${prose(waitingFor === null ? 'unknown, because no worker responded' : readable(waitingFor))}.
  </p>`;

/** Why the customer is where they are, and what happens next: the first thing support wants to know. */
export const explanationSection = (
  { because, waiting_for: waitingFor, failures, next: coming }: Explanation,
  phase: string,
): string =>
  html`<section>
    <h2>Why, and what next</h2>
    <p>${readable(because.charAt(0).toUpperCase() + because.slice(1))}.</p>
    !${failures.map(failure)} !${phase === 'ended' ? '' : waiting(waitingFor)} !${next(coming)}
  </section>`;

const KINDS: Readonly<Record<TimelineKind, 'busy' | 'bad' | 'calm'>> = {
  alert: 'bad',
  audit: 'busy',
  step: 'calm',
  stripe: 'calm',
  stack: 'calm',
  mail: 'calm',
};

const rows = (entries: readonly TimelineEntry[]): readonly (readonly string[])[] =>
  entries
    .toReversed()
    .map(({ at, kind, what, who, why }) => [
      time(instant(at)),
      html`<span>!${badge(kind, KINDS[kind])} ${what}</span>`,
      cell(who),
      cell(why),
    ]);

const ofStripe = (customerId: string, ignored: number): string => html`
  <p>
    <a href="/console/events?customer=${customerId}">Stripe events</a> of this
    customer${ignored === 0 ? '.' : `; ${String(ignored)} that ${ignored === 1 ? 'needs no action is' : 'need no action are'} hidden.`}
  </p>
`;

/** Newest first, because people call about what happened last. Stripe events that change nothing are hidden. */
export function timelineSection(entries: readonly TimelineEntry[], customerId: string): string {
  const shown = entries.filter(({ isIgnored }) => !isIgnored);
  const timeline = section('Timeline, newest first', ['When', 'What', 'Who', 'Why'], rows(shown));
  return `${timeline}${ofStripe(customerId, entries.length - shown.length)}`;
}
