import { html } from 'ghtml';
import type { Outage } from '../../../infra/db/repositories/outages.ts';
import { diagnose } from '../../../workflows/domain/failures.ts';
import type { OutageShown } from '../../support/outages.ts';
import type { Page } from './layout.ts';
import { cell, prose, section, table, time } from './tables.ts';
import { formatTime } from '../../support/format-time.ts';
import { counted, facts, instant } from './words.ts';

/** An outage at the head of the list of customers. */
export const outageNotice = ({ waitsFor, errorType, since, customers }: Outage): string => html`
  <div class="notice bad" role="status">
    <strong>Waiting for ${waitsFor} since !${time(formatTime(since))}.</strong>
    <p>
      !${prose(`${diagnose(errorType).cause} ${diagnose(errorType).suggestedFix}`)} ${counted(customers, 'customer')}
      ${customers === 1 ? 'is' : 'are'} held up; their work continues automatically:
      <a href="/console/outages">show them</a>.
    </p>
  </div>
`;

const HEADS = ['Customer', 'Waiting since', 'Tries', 'Next try'];
const heldUp = ({ held: list }: OutageShown): string =>
  list.length === 0
    ? ''
    : table(
        HEADS,
        list.map(({ customerId, companyName, since, attempts, nextTryAt }) => [
          html`<a href="/console/customers/${customerId}">${companyName ?? customerId}</a>`,
          time(instant(since)),
          cell(attempts),
          time(instant(nextTryAt)),
        ]),
      );

const unnamed = ({ waiting, held: { length } }: OutageShown): string =>
  (waiting?.customers ?? 0) > length ? html`<p>The ${String(length)} who have waited longest are listed.</p>` : '';

const open = (outage: OutageShown): string => html`
  <section>
    <h2>Waiting for ${outage.waitsFor}</h2>
    <p>!${prose(`${outage.cause} ${outage.suggestedFix}`)}</p>
    !${facts([
      { name: 'Since', text: instant(outage.since) },
      { name: 'Held up now', text: counted(outage.waiting?.customers ?? 0, 'customer') },
      { name: 'Tries', text: String(outage.waiting?.attempts ?? 0) },
      { name: 'Next try', text: instant(outage.waiting?.nextTryAt) },
      { name: 'Error', text: outage.errorType },
    ])}
    !${heldUp(outage)}!${unnamed(outage)}
  </section>
`;

/** Current and past outages. */
export function outagesPage(outages: readonly OutageShown[], csrf: string): Page {
  const now = outages.filter(({ resolvedAt }) => resolvedAt === null);
  const over = outages.filter(({ resolvedAt }) => resolvedAt !== null);
  return {
    title: 'Outages',
    visitor: 'staff',
    wide: true,
    csrf,
    body: html`
      <h1>Outages</h1>
      <p>
        Services that have not responded for two minutes or more. Work that needs them is retried at growing intervals
        and continues automatically; nothing has to be replayed.
      </p>
      !${now.length === 0 ? html`<p role="status">No outages: nothing has been unavailable for two minutes or more.</p>` : now.map(open)}!${section(
        'Over',
        ['Service', 'Since', 'Until', 'Customers held up'],
        over.map(({ waitsFor, since, resolvedAt, customers }) => [
          cell(waitsFor),
          time(instant(since)),
          time(instant(resolvedAt)),
          cell(customers),
        ]),
      )}
    `,
  };
}
