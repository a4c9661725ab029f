import { html } from 'ghtml';
import type { listBatches } from '../../support/batches.ts';
import { batchState } from './console-batch.ts';
import type { Page } from './layout.ts';
import { cell, table, time } from './tables.ts';
import { formatTime } from '../../support/format-time.ts';

interface BatchesView {
  readonly batches: Awaited<ReturnType<typeof listBatches>>;
  readonly csrf: string;
}

const HEADS = ['Begun', 'Reason', 'State', 'Customers', 'Asked by', 'Ended'];

const row = ({ batch, counts }: BatchesView['batches'][number]): readonly string[] => [
  html`<a href="/console/batches/${batch.batchId}">!${time(formatTime(batch.createdAt))}</a>`,
  cell(batch.reason),
  batchState(batch.state),
  cell(
    Object.entries(counts)
      .map(([state, count]) => `${String(count)} ${state}`)
      .join(', '),
  ),
  cell(batch.actor),
  time(formatTime(batch.endedAt)),
];

const none = html`<p role="status">
  No batches yet. Select <a href="/console?attention=any">customers who need attention</a> to start one.
</p>`;

/** Every batch of replays, the newest first. */
export const batchesPage = ({ batches, csrf }: BatchesView): Page => ({
  title: 'Batches of replays',
  visitor: 'staff',
  wide: true,
  csrf,
  body: html`
    <h1>Batches of replays</h1>
    !${batches.length === 0 ? none : table(HEADS, batches.map(row))}
  `,
});
