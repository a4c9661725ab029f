import { html } from 'ghtml';
import type { showBatch } from '../../support/batches.ts';
import { buttonForm, notice } from './forms.ts';
import type { Page } from './layout.ts';
import { cell, section, time } from './tables.ts';
import { formatTime } from '../../support/format-time.ts';
import { badge, facts } from './words.ts';

export interface BatchView extends Awaited<ReturnType<typeof showBatch>> {
  readonly csrf: string;
  readonly done?: string | undefined;
}

const SHOWN = 200;
/** What a person has to look at comes first. */
const STATES = ['failed', 'unknown', 'refused', 'running', 'replayed', 'skipped', 'pending'] as const;
const KINDS: Readonly<Record<string, 'good' | 'busy' | 'bad' | 'calm'>> = {
  replayed: 'good',
  running: 'busy',
  paused: 'busy',
  failed: 'bad',
  unknown: 'bad',
  stopped: 'bad',
};
export const batchState = (word: string): string => badge(word, KINDS[word] ?? 'calm');
const rank = ({ state: word }: { readonly state: string }): number => (STATES as readonly string[]).indexOf(word);

const ORDERS: Readonly<Record<string, readonly (readonly [order: string, label: string])[]>> = {
  running: [
    ['pause', 'Pause'],
    ['cancel', 'Cancel the rest'],
  ],
  paused: [
    ['resume', 'Resume'],
    ['cancel', 'Cancel the rest'],
  ],
};

const orders = ({ batch, csrf }: BatchView): string =>
  (ORDERS[batch.state] ?? [])
    .map(([order, label]) =>
      buttonForm({ action: `/console/batches/${batch.batchId}/${order}`, csrf, label, look: 'secondary' }),
    )
    .join('');

const results = ({ items }: BatchView): string =>
  section(
    'Results',
    ['Customer', 'Result', 'Failure', 'Note', 'Ended'],
    items
      .toSorted((one, other) => rank(one) - rank(other))
      .slice(0, SHOWN)
      .map((item) => [
        html`<a href="/console/customers/${item.customerId}">${item.companyName ?? item.customerId}</a>`,
        batchState(item.state),
        cell(item.errorType),
        cell(item.note),
        time(formatTime(item.endedAt)),
      ]),
  );

const downloads = ({ batch: { batchId } }: BatchView): string => {
  const path = `/api/admin/replay-batches/${batchId}`;
  return html`<p>
    All results: <a href="${path}" download="batch-${batchId}.json">JSON</a> ·
    <a href="${path}/results.csv" download="batch-${batchId}.csv">CSV</a>
  </p>`;
};

/** The part that is refreshed until the batch is over; morphed, so that the focus is kept. */
export function batchProgress(view: BatchView): string {
  const { batch, items, counts } = view;
  const again = html` hx-get="/console/batches/${batch.batchId}" hx-trigger="every 1s" hx-swap="outerMorph"`;
  const parts = STATES.filter((word) => (counts[word] ?? 0) > 0).map((word) =>
    badge(`${String(counts[word])} ${word}`, KINDS[word] ?? 'calm'),
  );
  const more = items.length > SHOWN ? html`<p>The first ${String(SHOWN)} are shown.</p>` : '';
  return html`<section id="batch" !${batch.endedAt === null ? again : ''}>
    <p role="status">!${batchState(batch.state)}: !${parts.join(' ')}</p>
    <div class="actions">!${orders(view)}</div>
    !${results(view)}!${more}!${downloads(view)}
  </section>`;
}

export function batchPage(view: BatchView): Page {
  const { batch, items, csrf, done } = view;
  const running = batch.endedAt === null ? { reloadSeconds: 3 } : {};
  return {
    title: 'Batch of replays',
    visitor: 'staff',
    live: true,
    wide: true,
    csrf,
    ...running,
    body: html`
      <h1>Replay of ${String(items.length)} customers</h1>
      !${notice(done)}
      !${facts([
        { name: 'Reason', text: batch.reason },
        { name: 'Asked by', text: batch.actor },
        { name: 'Begun', text: formatTime(batch.createdAt) },
        { name: 'Concurrency', text: String(batch.concurrency) },
        { name: 'Stops when', text: `more than ${String(batch.maxFailureRate * 100)} % fail` },
      ])}
      !${batchProgress(view)}
    `,
  };
}
