import { html } from 'ghtml';
import { hasInstance } from '../../../workflows/domain/core-steps.ts';
import type { StaffRole } from '../../../infra/db/repositories/sessions.ts';
import type { TimelineEntry } from '../../../infra/db/repositories/timeline.ts';
import type { CustomerDetail } from '../../support/customer-detail.ts';
import type { DryRun } from '../../support/dry-run.ts';
import { couponAhead } from '../../../workflows/domain/terms.ts';
import { agreedPrice } from '../../support/agreed-price.ts';
import type { Explanation } from '../../support/explain.ts';
import { consoleActions, offeredActions } from './console-actions.ts';
import { differencesSection } from './console-differences.ts';
import { explanationSection, timelineSection } from './console-explanation.ts';
import type { ReplayTyped } from './console-replay.ts';
import { stepsSection } from './console-steps.ts';
import { errorNotice, notice } from './forms.ts';
import { liveFrom, type Page } from './layout.ts';
import { cell, prose, section, time } from './tables.ts';
import { formatTime } from '../../support/format-time.ts';
import { attention, badge, facts, money, priceText, state } from './words.ts';

/** The live part of the page. */
export interface CustomerNow {
  readonly detail: CustomerDetail;
  readonly explanation: Explanation;
  readonly timeline: readonly TimelineEntry[];
}

export interface CustomerView extends CustomerNow {
  readonly csrf: string;
  readonly testClock: boolean;
  readonly role: StaffRole;
  /** What a correction can choose from. */
  readonly regions: readonly string[];
  readonly plans: readonly string[];
  readonly typed?: ReplayTyped;
  readonly dryRun?: DryRun;
  readonly done?: string | undefined;
  readonly retryKey?: string | undefined;
  readonly error?: { readonly error: string; readonly message: string };
}

function instance({ terms, instanceUrl, deploymentStatus }: CustomerDetail['customer']): string {
  if (!hasInstance(terms)) return 'no instance';
  return instanceUrl === null
    ? cell(deploymentStatus)
    : html`${deploymentStatus} <a href="${instanceUrl}">${instanceUrl}</a>`;
}

function planText({ customer, status }: Pick<CustomerDetail, 'customer' | 'status'>): string {
  const { plan, terms } = customer;
  const price = agreedPrice(terms);
  return price && price.cents > 0
    ? `${plan}, ${priceText(price, couponAhead(customer, new Date(status?.now ?? Date.now() + customer.clockOffsetMs)))}`
    : plan;
}

const overview = ({ customer, status, workflowUrl }: CustomerDetail): string => html`
  <h2>Facts</h2>
  !${facts([
    { name: 'Phase', markup: badge(customer.phase, 'calm') },
    { name: 'Attention', markup: attention(customer.attention) },
    { name: "Customer's own time", text: status ? formatTime(new Date(status.now)) : null },
    { name: 'Slug', text: customer.slug },
    { name: 'Plan', text: planText({ customer, status }) },
    { name: 'Framework', text: customer.complianceFramework },
    ...(customer.subject === null ? [] : [{ name: 'Subject', text: customer.subject }]),
    { name: 'Region', text: customer.region },
    { name: 'Standing', text: customer.standing },
    { name: 'Email', text: customer.email },
    { name: 'Trial ends', text: formatTime(customer.trialEndsAt) },
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

const alerts = ({ alerts: raised }: CustomerDetail): string =>
  section(
    'Alerts',
    ['Alert', 'What to do', 'Raised', 'Resolved'],
    raised.map((alert) => [
      html`${alert.kind}<br /><small>${alert.summary}</small>`,
      prose(alert.suggestedFix ?? '–'),
      html`${String(alert.raisedCount)}× <small>${formatTime(alert.lastRaisedAt)}</small>`,
      time(formatTime(alert.resolvedAt)),
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

/** With what became of the dispute of its payment, in Stripe's word. */
const invoiceStatus = ({ status, disputeStatus }: CustomerDetail['invoices'][number]): string =>
  disputeStatus === null ? status : `${status}, dispute ${disputeStatus.replaceAll('_', ' ')}`;

const invoices = ({ invoices: list }: CustomerDetail): string =>
  section(
    'Invoices',
    ['Invoice', 'Due', 'Paid', 'Refunded', 'Status', 'Date'],
    list.map((invoice) => [
      cell(invoice.stripeInvoiceId),
      cell(money(invoice.amountDue, invoice.currency)),
      cell(money(invoice.amountPaid, invoice.currency)),
      cell(invoice.amountRefunded === 0 ? null : money(invoice.amountRefunded, invoice.currency)),
      cell(invoiceStatus(invoice)),
      time(formatTime(invoice.invoiceCreatedAt)),
    ]),
  );

const keys = ({ keys: list }: CustomerDetail): string =>
  section(
    'API keys',
    ['Key', 'Name', 'Made', 'Last used', 'Revoked'],
    list.map(({ prefix, name, createdAt, lastUsedAt, revokedAt }) => [
      html`<code>${prefix}…</code>`,
      cell(name),
      time(formatTime(createdAt)),
      time(formatTime(lastUsedAt)),
      time(formatTime(revokedAt)),
    ]),
  );

const facing = ({ detail, timeline }: CustomerNow): string => html`
  !${differencesSection(detail.differences)}!${overview(detail)}!${timelineSection(timeline, detail.customer.customerId)}!${stepsSection(detail)}!${alerts(detail)}!${stack(detail)}!${invoices(detail)}!${keys(detail)}
`;

const formsChanged = (customerId: string): string =>
  html`<article class="notice">
    The available actions have changed. <a href="/console/customers/${customerId}">Show them</a>
  </article>`;

/** htmx knows the end of a part only by `</hx-partial>` to the letter; the formatter would put a line break into it. */
const partial = (target: string, content: string): string =>
  ['<hx-partial hx-target="', target, '" hx-swap="innerMorph">', content, '</hx-partial>'].join('');

/**
 * What is sent again whenever it changes: everything but the forms, in which somebody may be typing. When other forms
 * are offered by now, the page says so.
 */
export const customerChanges = (now: CustomerNow, othersOffered: boolean): string =>
  [
    partial('#forms-changed', othersOffered ? formsChanged(now.detail.customer.customerId) : ''),
    partial('#why', explanationSection(now.explanation, now.detail.customer.phase)),
    partial('#now', facing(now)),
  ].join('\n');

export function customerPage(view: CustomerView): Page {
  const { detail, explanation, csrf, done, error } = view;
  const { customerId, companyName, phase } = detail.customer;
  // Without scripts the page reloads itself, but not while somebody may be typing into the form of a replay.
  const reload = phase === 'onboarding' && detail.customer.attention === null ? { reloadSeconds: 5 } : {};
  const offered = encodeURIComponent(offeredActions(view));
  return {
    title: companyName ?? customerId,
    visitor: 'staff',
    live: true,
    wide: true,
    csrf,
    ...reload,
    body: html`
      <hgroup>
        <h1>${companyName ?? 'Forgotten customer'}</h1>
        <p><code>${customerId}</code></p>
      </hgroup>
      !${notice(done)}!${errorNotice(error)}
      <div id="why" aria-live="polite">!${explanationSection(explanation, phase)}</div>
      <div id="forms-changed" aria-live="polite"></div>
      !${consoleActions(view)}
      <div id="now">!${facing(view)}</div>
      <div hidden !${liveFrom(`/console/customers/${customerId}/events?offered=${offered}`)}></div>
    `,
  };
}
