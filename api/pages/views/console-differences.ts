import { html } from 'ghtml';
import type { Difference, DifferenceAlert } from '../../../infra/db/repositories/differences.ts';
import { DIFFERENCE_MEANINGS, type DifferenceKind } from '../../../workflows/domain/differences.ts';
import { cell, prose, section, table, time } from './tables.ts';
import { badge, moment } from './words.ts';

const title = (kind: DifferenceKind): string => kind.replaceAll('_', ' ');

/** A kind of difference that lasts, at the head of the list of customers. */
export const differenceNotice = ({ kind, since, customers }: DifferenceAlert): string => html`
  <div class="notice bad" role="status">
    <strong>Records differ since !${time(moment(since))}: ${title(kind)}.</strong>
    <p>
      !${prose(`${DIFFERENCE_MEANINGS[kind].cause} ${DIFFERENCE_MEANINGS[kind].suggestedFix}`)}
      ${customers === 1 ? '1 customer is' : `${String(customers)} customers are`} concerned:
      <a href="/console/differences">show them</a>.
    </p>
  </div>
`;

const HEADS = ['Difference', 'What each says', 'What to do', 'Since'];
const row = ({ kind, details, firstSeen }: Difference): readonly string[] => [
  badge(title(kind), 'bad'),
  cell(details),
  prose(DIFFERENCE_MEANINGS[kind].suggestedFix),
  time(moment(firstSeen)),
];

/** What differs of one customer; nothing when nothing does. */
export const differencesSection = (differences: readonly Difference[]): string =>
  section('Records that differ', HEADS, differences.map(row));

const link = (customerId: string): string =>
  html`<a href="/console/customers/${customerId}"><code>${customerId}</code></a>`;

/** Everybody whose records differ. */
export const differencesTable = (differences: readonly Difference[]): string =>
  table(
    ['Customer', ...HEADS],
    differences.map((difference) => [link(difference.customerId), ...row(difference)]),
  );
