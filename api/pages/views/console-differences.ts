import { html } from 'ghtml';
import type { Difference, DifferenceAlert } from '../../../infra/db/repositories/differences.ts';
import { DIFFERENCE_MEANINGS, comparedText, adviceOn } from '../../../workflows/domain/difference-meanings.ts';
import { isMendable, type DifferenceKind } from '../../../workflows/domain/differences.ts';
import type { StaffRole } from '../../../infra/db/repositories/sessions.ts';
import type { Mended } from '../../../workflows/contract/reconciliation.ts';
import type { Differences } from '../../support/differences.ts';
import type { ErrorBody } from '../../http/errors.ts';
import { mend } from '../../support/commands/mend.ts';
import { commandInputs } from './command-inputs.ts';
import { csrfField, errorNotice, notice } from './forms.ts';
import type { Page } from './layout.ts';
import { cell, prose, section, table, time } from './tables.ts';
import { formatTime } from '../../support/format-time.ts';
import { badge, counted } from './words.ts';

const title = (kind: DifferenceKind): string => kind.replaceAll('_', ' ');

/** Those of them who could not become customers have no page. */
const isCustomer = (kind: DifferenceKind): boolean => kind !== 'identity_refused';

function affected({ kind, customers }: DifferenceAlert): string {
  if (customers === 0) return 'No customer in particular is affected';
  const who = isCustomer(kind)
    ? counted(customers, 'customer')
    : customers === 1
      ? '1 person'
      : `${String(customers)} people`;
  return `${who} ${customers === 1 ? 'is' : 'are'} affected`;
}

/** A kind of difference that lasts, at the head of the list of customers. */
export function differenceNotice(alert: DifferenceAlert): string {
  const { since } = alert;
  const { title: head, cause, suggestedFix } = adviceOn(alert);
  return html`
    <div class="notice bad" role="status">
      <strong>${head}, since !${time(formatTime(since))}.</strong>
      <p>!${prose(`${cause} ${suggestedFix}`)} ${affected(alert)}: <a href="/console/differences">show details</a>.</p>
    </div>
  `;
}

const HEADS = ['Difference', 'Details', 'What to do', 'Since'];
const row = ({ kind, details, firstSeen }: Difference): readonly string[] => [
  badge(title(kind), 'bad'),
  cell(details),
  prose(DIFFERENCE_MEANINGS[kind].suggestedFix),
  time(formatTime(firstSeen)),
];

/** The differences of one customer; empty when there are none. */
export const differencesSection = (differences: readonly Difference[]): string =>
  section('Records that differ', HEADS, differences.map(row));

const link = (customerId: string, kind?: DifferenceKind): string => {
  if (customerId === '') return 'no customer in particular';
  return kind !== undefined && !isCustomer(kind)
    ? html`<code>${customerId}</code>, no customer`
    : html`<a href="/console/customers/${customerId}"><code>${customerId}</code></a>`;
};

const mendForm = (customerId: string, csrf: string): string => html`
  <details>
    <summary>Mend <code>${customerId}</code></summary>
    <form method="post" action="/console/differences/${customerId}/mend">
      !${csrfField(csrf)}!${commandInputs(mend, customerId)}<button>Compare again and mend</button>
    </form>
  </details>
`;

/** Customers with differences that can be mended from here. */
const mendable = (differences: readonly Difference[]): readonly string[] => [
  ...new Set(
    differences
      .filter(({ kind, customerId }) => isMendable(kind) && customerId !== '')
      .map(({ customerId }) => customerId),
  ),
];

const mendForms = (customerIds: readonly string[], csrf: string): string => html`
  <section>
    <h2>Mend</h2>
    !${customerIds.map((id) => mendForm(id, csrf))}
  </section>
`;

/** The result for each difference of the customer who was just mended. */
const outcomeNotice = ({ customerId, outcomes }: MendedView): string => html`
  <div class="notice" role="status">
    <strong>!${link(customerId)}</strong>
    <ul>
      !${outcomes.map(
        ({ kind, mended: isMended, what }) =>
          html`<li>
            !${badge(isMended ? 'mended' : 'left', isMended ? 'good' : 'bad')} ${title(kind)}: !${prose(what)}
          </li>`,
      )}
      !${outcomes.length === 0 ? '<li>Nothing differs.</li>' : ''}
    </ul>
  </div>
`;

export interface MendedView extends Mended {
  readonly customerId: string;
}

export interface DifferencesView extends Differences {
  readonly csrf: string;
  readonly role: StaffRole;
  readonly mended?: MendedView;
  readonly done?: string | undefined;
  readonly error?: ErrorBody;
}

const everybody = (differences: readonly Difference[]): string =>
  table(
    ['Customer', ...HEADS],
    differences.map((difference) => [link(difference.customerId, difference.kind), ...row(difference)]),
  );

const since = (date: Date | null): string | null => date && formatTime(date);

/** All customers whose records differ, and the forms to mend them; for operators, also those who are unknown here. */
export function differencesPage({ differences, csrf, role, ...view }: DifferencesView): Page {
  const compared = [
    comparedText('Postgres and Temporal', since(view.comparedSince)),
    comparedText('Stripe', since(view.stripeComparedSince)),
  ].join(' ');
  const offered = role === 'operator' ? mendable(differences) : [];
  return {
    title: 'Differences',
    visitor: 'staff',
    wide: true,
    csrf,
    body: html`
      <h1>Differences</h1>
      !${notice(view.done)}!${errorNotice(view.error)}!${view.mended ? outcomeNotice(view.mended) : ''}
      !${differences.length === 0 ? '<p>Nothing has differed for as long as a minute.</p>' : everybody(differences)}
      <p>${compared}</p>
      !${offered.length > 0 ? mendForms(offered, csrf) : ''}
    `,
  };
}
