import { html } from 'ghtml';
import type { StaffRole } from '../../../infra/db/repositories/sessions.ts';
import type { TimelineEntry } from '../../../infra/db/repositories/timeline.ts';
import type { CustomerDetail } from '../../customer-detail.ts';
import type { DryRun } from '../../dry-run.ts';
import type { Explanation } from '../../explain.ts';
import { isInPlace } from '../../status-words.ts';
import { consoleActions } from './console-actions.ts';
import { explanationSection, timelineSection } from './console-explanation.ts';
import type { ReplayTyped } from './console-replay.ts';
import { errorNotice, notice } from './forms.ts';
import { layout } from './layout.ts';
import { cell, section, time } from './tables.ts';
import { badge, facts, moment, money } from './words.ts';

export interface CustomerView {
  readonly detail: CustomerDetail;
  readonly explanation: Explanation;
  readonly timeline: readonly TimelineEntry[];
  readonly csrf: string;
  readonly testClock: boolean;
  readonly role: StaffRole;
  /** Where a stack can stand. */
  readonly regions: readonly string[];
  readonly typed?: ReplayTyped;
  readonly dryRun?: DryRun;
  readonly done?: string | undefined;
  readonly retryKey?: string | undefined;
  readonly error?: { readonly error: string; readonly message: string };
}

const STATES: Readonly<Record<string, 'good' | 'busy' | 'bad' | 'calm'>> = {
  done: 'good',
  sent: 'good',
  running: 'busy',
  undoing: 'busy',
  failed: 'bad',
  undo_failed: 'bad',
  unknown: 'bad',
};
const state = (word: string): string => badge(word, STATES[word] ?? (isInPlace(word) ? 'good' : 'calm'));

function instance({ terms, instanceUrl, deploymentStatus }: CustomerDetail['customer']): string {
  if (terms.withoutInstance === true) return 'none, as agreed';
  return instanceUrl === null
    ? cell(deploymentStatus)
    : html`${deploymentStatus} <a href="${instanceUrl}">${instanceUrl}</a>`;
}

const overview = ({ customer, status, workflowUrl }: CustomerDetail): string => html`
  <h2>Facts</h2>
  !${facts([
    { name: 'Phase', markup: badge(customer.phase, 'calm') },
    { name: 'Attention', markup: customer.attention === null ? '–' : badge(customer.attention, 'bad') },
    { name: "Customer's own time", text: status ? moment(new Date(status.now)) : null },
    { name: 'Plan', text: customer.plan },
    { name: 'Framework', text: customer.complianceFramework },
    { name: 'Region', text: customer.region },
    { name: 'Standing', text: customer.standing },
    { name: 'Email', text: customer.email },
    { name: 'Trial ends', text: moment(customer.trialEndsAt) },
    { name: 'Subscription', text: customer.subscriptionStatus },
    {
      name: 'Instance',
      markup: instance(customer),
    },
    { name: 'Stripe customer', text: customer.stripeCustomerId },
    {
      name: 'Workflow runs',
      markup: workflowUrl === null ? '–' : html`<a href="${workflowUrl}">Temporal Web UI</a>`,
    },
  ])}
`;

const steps = ({ steps: ledger }: CustomerDetail): string =>
  section(
    'Steps',
    ['Step', 'State', 'Attempts', 'Epoch', 'Error', 'Started', 'Ended'],
    ledger.map((step) => [
      cell(step.step),
      state(step.undoState ?? step.state),
      cell(step.attempts),
      cell(step.epoch),
      html`${step.errorType ?? '–'} <small>${step.errorMessage ?? ''}</small>`,
      time(moment(step.startedAt)),
      time(moment(step.endedAt)),
    ]),
  );

const alerts = ({ alerts: raised }: CustomerDetail): string =>
  section(
    'Alerts',
    ['Alert', 'What to do', 'Raised', 'Resolved'],
    raised.map((alert) => [
      html`${alert.kind}<br /><small>${alert.summary}</small>`,
      cell(alert.suggestedFix),
      html`${String(alert.raisedCount)}× <small>${moment(alert.lastRaisedAt)}</small>`,
      time(moment(alert.resolvedAt)),
    ]),
  );

function stack({ stack: found }: CustomerDetail): string {
  if (!found) return '';
  const summary = `${found.lastOperation ?? 'no operation yet'}: ${found.lastResult ?? found.status}, version ${String(found.version)}`;
  const error = found.lastError === null ? '' : html`<article class="notice bad">${found.lastError}</article>`;
  const parts = found.progress.map(({ resource, state: word }) => [cell(resource), state(word)]);
  return html`!${
    section(`Stack (${summary})`, ['Resource', 'State'], parts) ||
    html`<section>
      <h2>Stack</h2>
      <p>${summary}</p>
    </section>`
  }!${error}`;
}

const invoices = ({ invoices: list }: CustomerDetail): string =>
  section(
    'Invoices',
    ['Invoice', 'Due', 'Paid', 'Refunded', 'Status', 'Date'],
    list.map((invoice) => [
      cell(invoice.stripeInvoiceId),
      cell(money(invoice.amountDue, invoice.currency)),
      cell(money(invoice.amountPaid, invoice.currency)),
      cell(invoice.amountRefunded === 0 ? null : money(invoice.amountRefunded, invoice.currency)),
      cell(invoice.status),
      time(moment(invoice.invoiceCreatedAt)),
    ]),
  );

export function customerPage(view: CustomerView): string {
  const { detail, explanation, timeline, csrf, done, error } = view;
  return layout({
    title: detail.customer.companyName ?? detail.customer.customerId,
    visitor: 'staff',
    wide: true,
    csrf,
    body: html`
      <hgroup>
        <h1>${detail.customer.companyName ?? 'Forgotten customer'}</h1>
        <p><code>${detail.customer.customerId}</code></p>
      </hgroup>
      !${notice(done)}!${errorNotice(error)}!${explanationSection(explanation)}!${consoleActions(view)}!${overview(detail)}
      !${timelineSection(timeline)}!${steps(detail)}!${alerts(detail)}!${stack(detail)}!${invoices(detail)}
    `,
  });
}
