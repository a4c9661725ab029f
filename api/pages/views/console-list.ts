import { html } from 'ghtml';
import type { CustomerPage, CustomerRow } from '../../../infra/db/repositories/console.ts';
import type { DifferenceAlert } from '../../../infra/db/repositories/differences.ts';
import type { Outage } from '../../../infra/db/repositories/outages.ts';
import { PHASES, type Phase } from '../../../workflows/domain/lifecycle.ts';
import { hasInstance } from '../../../workflows/domain/core-steps.ts';
import type { ErrorBody } from '../../http/errors.ts';
import { isParked } from '../../support/explain.ts';
import { differenceNotice } from './console-differences.ts';
import { outageNotice } from './console-outages.ts';
import { csrfField, errorNotice, field, select } from './forms.ts';
import type { Page } from './layout.ts';
import { cell, table, time } from './tables.ts';
import { formatTime } from '../../support/format-time.ts';
import { attention, badge } from './words.ts';

export interface ListView {
  readonly page: CustomerPage;
  readonly filter: { readonly phase?: string; readonly attention?: string; readonly q?: string };
  /** Services that are unavailable now and hold work up. */
  readonly outages: readonly Outage[];
  /** How our records differ now. */
  readonly differences: readonly DifferenceAlert[];
  /** Names of the product's steps, to filter by. */
  readonly steps: readonly string[];
  readonly csrf: string;
  readonly error?: ErrorBody | undefined;
}

const PHASE_KINDS: Readonly<Record<Phase, 'good' | 'busy' | 'calm'>> = {
  onboarding: 'busy',
  trial: 'good',
  free: 'good',
  subscription: 'good',
  cancellation: 'calm',
  ended: 'calm',
};

const HEADS = ['Replay', 'Customer', 'Phase', 'Attention', 'Plan', 'Instance', 'Signed up'];

const tick = (customer: CustomerRow): string =>
  isParked(customer)
    ? html`<input
        type="checkbox"
        name="customer"
        value="${customer.customerId}"
        aria-label="Replay ${customer.companyName ?? customer.customerId}"
      />`
    : '';

const row = (customer: CustomerRow): readonly string[] => [
  tick(customer),
  html`<a href="/console/customers/${customer.customerId}">${customer.companyName ?? 'forgotten'}</a><br /><small
      >${customer.email ?? customer.customerId}</small
    >`,
  badge(customer.phase, PHASE_KINDS[customer.phase]),
  attention(customer.attention),
  cell(customer.plan),
  cell(hasInstance(customer.terms) ? customer.deploymentStatus : 'none'),
  time(formatTime(customer.createdAt)),
];

function nextLink({ page, filter }: ListView): string {
  if (page.next === null) return '';
  const query = new URLSearchParams({ ...filter, cursor: page.next });
  return html`<p><a role="button" class="secondary" href="/console?${query.toString()}">Older customers</a></p>`;
}

const kept = (filter: ListView['filter']): string =>
  Object.entries(filter)
    .map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)
    .join('');

const within = 'batch';
const batchForm = ({ csrf, filter }: ListView, rows: string): string => html`
  <form method="post" action="/console/batches">
    !${csrfField(csrf)}!${kept(filter)}!${rows}
    <fieldset>
      <legend>Replay selected</legend>
      <label
        ><input type="checkbox" name="all" value="yes" /> All matching customers who need a person, on every page</label
      >
      <div class="filters">
        <div>
          !${field({ within, name: 'reason', label: 'Reason, for the audit trail', required: true, maxlength: 500 })}
        </div>
        <div>
          !${field({ within, name: 'concurrency', label: 'Concurrency', type: 'number', value: '5', required: true })}
        </div>
        <div>
          !${field({ within, name: 'failures', label: 'Stop above % failed', type: 'number', value: '50', required: true })}
        </div>
        <div><button class="spaced">Replay selected</button></div>
      </div>
    </fieldset>
  </form>
`;

/** Checkboxes only where there is somebody to replay. */
function customers(view: ListView): string {
  const rows = view.page.customers.map(row);
  if (!view.page.customers.some(isParked))
    return table(
      HEADS.slice(1),
      rows.map((cells) => cells.slice(1)),
    );
  return batchForm(view, table(HEADS, rows));
}

/** The part that changes with the filter. */
export const customerTable = (view: ListView): string =>
  view.page.customers.length === 0
    ? html`<p role="status">No customers match.</p>`
    : html`!${customers(view)}!${nextLink(view)}`;

const any = (label: string): { value: string; label: string } => ({ value: '', label });
const words = (list: readonly string[]) => list.map((word) => ({ value: word, label: word }));

const filters = ({ filter, steps }: ListView): string => html`
  <search>
    <form
      class="filters"
      action="/console"
      hx-get="/console"
      hx-trigger="change, input delay:300ms, submit"
      hx-target="#customers"
      hx-replace-url="true"
    >
      <div>
        <label for="q">Search</label
        ><input
          id="q"
          type="search"
          name="q"
          value="${filter.q ?? ''}"
          placeholder="Company, email, id"
          maxlength="100"
        />
      </div>
      <div>
        !${select({ name: 'phase', label: 'Phase', chosen: filter.phase }, [any('Any phase'), ...words(PHASES)])}
      </div>
      <div>
        !${select({ name: 'attention', label: 'Attention', chosen: filter.attention }, [any('All customers'), { value: 'any', label: 'Needs a person' }, ...words(steps)])}
      </div>
      <div><button class="secondary spaced">Filter</button></div>
    </form>
  </search>
`;

export const consolePage = (view: ListView): Page => ({
  title: 'Customers',
  visitor: 'staff',
  live: true,
  wide: true,
  csrf: view.csrf,
  body: html`
    <h1>Customers</h1>
    !${errorNotice(view.error)}!${view.outages.map(outageNotice)}!${view.differences.map(differenceNotice)}!${filters(view)}
    <section id="customers" aria-live="polite">!${customerTable(view)}</section>
  `,
});
