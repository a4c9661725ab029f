import { money } from '../../workflows/domain/money.ts';
import type { CustomerDetails, CustomerList, DryRunShown } from './admin-client.ts';
import { plain } from './plain.ts';

type Cell = string | number | null;

/** A table as wide as its cells. */
export function table(heads: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = [heads, ...rows].map((row) => row.map(plain));
  const widths = heads.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const day = (instant: string | null): string => instant?.slice(0, 16).replace('T', ' ') ?? '–';

export function listText({ customers, next_cursor: next }: CustomerList): string {
  const heads = ['customer', 'company', 'plan', 'phase', 'attention', 'instance', 'signed up'];
  const rows = customers.map((row) => [
    row.customer_id,
    row.company_name,
    row.plan,
    row.phase,
    row.attention,
    row.deployment_status,
    day(row.created_at),
  ]);
  const more = next === null ? '' : `\nMore: --cursor ${next}`;
  return customers.length === 0 ? 'No customers.' : table(heads, rows) + more;
}

function facts({ customer, waiting_for: waitingFor, now }: CustomerDetails): string {
  return table(
    ['', ''],
    [
      ['customer', customer.customer_id],
      ['company', customer.company_name],
      ['plan', customer.plan],
      ['framework', customer.framework],
      ...(customer.subject === null ? [] : [['subject', customer.subject]]),
      ['region', customer.region],
      ['phase', customer.phase],
      ['standing', customer.standing],
      ['attention', customer.attention],
      ['waiting for', waitingFor],
      ["customer's time", day(now)],
      ['trial ends', day(customer.trial_ends_at)],
      [
        'instance',
        customer.skip_provisioning ? 'no instance' : `${customer.deployment_status} ${customer.instance_url ?? ''}`,
      ],
      ['subscription', customer.subscription_status],
    ],
  ).trimStart();
}

const section = (title: string, heads: readonly string[], rows: readonly (readonly Cell[])[]): string[] =>
  rows.length === 0 ? [] : ['', title, table(heads, rows)];

const second = (instant: string | null): string => instant?.slice(0, 19).replace('T', ' ') ?? '–';

/** Of the steps that took more than one. */
const attemptRows = ({ steps }: CustomerDetails): readonly (readonly Cell[])[] =>
  steps
    .filter(({ attempt_log: log }) => log.length > 1)
    .flatMap(({ step, epoch, attempt_log: log }) =>
      log.map((entry) => [
        step,
        epoch,
        `${entry.direction === 'undo' ? 'undo ' : ''}${String(entry.attempt)}`,
        entry.state,
        entry.error_message ?? entry.error_type,
        second(entry.started_at),
        second(entry.ended_at),
      ]),
    );

export function detailText(detail: CustomerDetails): string {
  const { steps, alerts, emails, invoices, workflow_url: url } = detail;
  return [
    facts(detail),
    ...section(
      'Steps',
      ['step', 'try', 'state', 'attempts', 'error', 'made', 'replayed by'],
      steps.map((step) => [
        step.step,
        step.epoch,
        step.undo_state ?? step.state,
        step.attempts,
        step.error_message ?? step.error_type,
        Object.values(step.output ?? {}).join(' '),
        step.replayed_by && `${step.replayed_by.actor}: ${step.replayed_by.reason ?? ''}`,
      ]),
    ),
    ...section('Attempts', ['step', 'try', 'attempt', 'state', 'error', 'began', 'ended'], attemptRows(detail)),
    ...section(
      'Open alerts',
      ['kind', 'raised', 'summary', 'suggested', 'id'],
      alerts
        .filter((alert) => alert.resolved_at === null)
        .map((alert) => [alert.kind, alert.raised_count, alert.summary, alert.suggested_fix, alert.alert_id]),
    ),
    ...section(
      'Mails',
      ['mail', 'state', 'sent', 'id'],
      emails.map((mail) => [mail.template, mail.state, day(mail.sent_at), mail.email_id]),
    ),
    ...section(
      'Invoices',
      ['invoice', 'status', 'due', 'paid', 'refunded', 'date'],
      invoices.map((invoice) => [
        invoice.stripe_invoice_id,
        invoice.dispute === null ? invoice.status : `${invoice.status}, dispute ${invoice.dispute.status}`,
        ...[invoice.amount_due, invoice.amount_paid, invoice.amount_refunded].map((cents) =>
          money(cents, invoice.currency),
        ),
        day(invoice.created_at),
      ]),
    ),
    ...(url === null ? [] : ['', `Workflows: ${url}`]),
  ].join('\n');
}

const list = (steps: readonly string[]): string => (steps.length === 0 ? 'nothing' : steps.join(', '));

const indented = (lines: readonly string[]): string[] => lines.map((line) => `    ${plain(line)}`);
const noted = (note: string | null): string[] => (note === null ? [] : [`    ${plain(note)}`]);

/** How many changes there are; none when nobody could say. */
const countOf = (lines: readonly string[] | null | undefined): string =>
  lines ? (lines.length === 0 ? 'nothing' : String(lines.length)) : 'no preview';

export function dryRunText(shown: DryRunShown): string {
  const { will_run, will_skip, will_undo, stack, stack_note, stripe, stripe_note, own_steps } = shown;
  const counts = stack && Object.entries(stack.changes).map(([change, count]) => `${change} ${String(count)}`);
  return [
    'Nothing was changed. A replay would',
    `  run:   ${list(will_run)}`,
    `  skip:  ${list(will_skip)}`,
    `  undo:  ${list(will_undo)}`,
    `  change in the stack: ${counts?.join(', ') ?? 'no preview'}`,
    ...indented(stack?.lines ?? []),
    ...noted(stack_note),
    `  change in Stripe: ${countOf(stripe?.lines)}`,
    ...indented(stripe?.lines ?? []),
    ...noted(stripe_note),
    ...own_steps.flatMap(({ step, lines, note }) => [
      `  change by ${plain(step)}: ${countOf(lines)}`,
      ...indented(lines ?? []),
      ...noted(note),
    ]),
  ].join('\n');
}
