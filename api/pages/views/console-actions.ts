import { randomUUID } from 'node:crypto';
import { html } from 'ghtml';
import type { StaffRole } from '../../../infra/db/repositories/sessions.ts';
import { endsOtherwise } from '../../support/alerts.ts';
import type { CustomerDetail } from '../../support/customer-detail.ts';
import type { DryRun } from '../../support/dry-run.ts';
import { awaitsReplay } from '../../support/explain.ts';
import { PHASES_OF_LIFE, type Phase } from '../../../workflows/domain/lifecycle.ts';
import { isMendable } from '../../../workflows/domain/differences.ts';
import { mendInputs } from './console-differences.ts';
import { replayForm, type ReplayTyped } from './console-replay.ts';
import { csrfField, field, select, type Choice } from './forms.ts';
import { moment } from './words.ts';

/** What decides which actions are offered. */
export interface Offering {
  readonly detail: CustomerDetail;
  readonly testClock: boolean;
  readonly role: StaffRole;
}

interface ActionsView extends Offering {
  readonly csrf: string;
  readonly regions: readonly string[];
  readonly plans: readonly string[];
  readonly typed?: ReplayTyped;
  readonly dryRun?: DryRun;
  /** Of a form whose outcome is not known: sent again under it, it is the same command. */
  readonly retryKey?: string | undefined;
}

interface Action {
  readonly title: string;
  readonly path: string;
  readonly button: string;
  /** Who may do it; absent: all of the staff. */
  readonly role?: StaffRole;
  readonly offered: (view: Offering) => boolean;
  readonly inputs: (within: string, view: ActionsView) => string;
}

const reason = (within: string): string =>
  field({ within, name: 'reason', label: 'Reason, for the audit trail', required: true, maxlength: 500 });
/** A double click is one command; after an answer that was lost the same form asks again. */
const onceOnly = ({ retryKey = randomUUID() }: ActionsView): string =>
  html`<input type="hidden" name="key" value="${retryKey}" />`;
const inPhase =
  (...phases: readonly Phase[]) =>
  ({ detail }: Offering): boolean =>
    phases.some((phase) => phase === detail.customer.phase);

const WHEN = [
  { value: 'period_end', label: 'at the end of the trial or billing period' },
  { value: 'now', label: 'now' },
];

const workingKeys = ({ keys }: CustomerDetail): Choice[] =>
  keys
    .filter(({ revokedAt }) => revokedAt === null)
    .map(({ keyId, name, prefix }) => ({ value: keyId, label: `${name} (${prefix}…)` }));

const openAlerts = ({ alerts, customer }: CustomerDetail): Choice[] =>
  alerts
    .filter(({ resolvedAt, kind }) => resolvedAt === null && endsOtherwise(customer, kind) === undefined)
    .map(({ alertId, kind, summary }) => ({ value: alertId, label: `${kind} (${summary.slice(0, 60)})` }));

const UNSENT: Readonly<Record<string, string>> = { failed: 'not sent', unknown: 'may have been sent' };

const unsentMails = ({ emails }: CustomerDetail): Choice[] =>
  emails.flatMap(({ emailId, template, state, claimedAt }) => {
    const said = UNSENT[state];
    return said === undefined ? [] : [{ value: emailId, label: `${template}, ${said} (${moment(claimedAt)})` }];
  });

/** What support can do, and when it is offered; the workflow has the last word. */
const ACTIONS: readonly Action[] = [
  {
    title: 'Extend the trial',
    path: 'extend-trial',
    button: 'Extend',
    offered: inPhase('trial'),
    inputs: (within, view) =>
      html`!${onceOnly(view)}!${field({ within, name: 'days', label: 'Days', type: 'number', value: '7', required: true })}!${reason(within)}`,
  },
  {
    title: 'Cancel',
    path: 'cancel',
    role: 'operator',
    button: 'Cancel this customer',
    offered: inPhase('onboarding', ...PHASES_OF_LIFE),
    inputs: (within) =>
      html`!${select({ within, name: 'when', label: 'When', chosen: 'period_end' }, WHEN)}!${reason(within)}`,
  },
  {
    title: 'Undo a cancellation',
    path: 'undo-cancellation',
    button: 'Undo',
    offered: ({ detail }) => detail.status?.leavesAtEnd === true,
    inputs: reason,
  },
  {
    title: 'Abandon the onboarding',
    path: 'abandon',
    role: 'operator',
    button: 'Undo everything and end',
    offered: inPhase('onboarding'),
    inputs: reason,
  },
  {
    title: 'Refund',
    path: 'refund',
    role: 'operator',
    button: 'Refund',
    offered: ({ detail }) => detail.invoices.some(({ amountPaid, amountRefunded }) => amountPaid > amountRefunded),
    inputs: (within, view) =>
      html`!${onceOnly(view)}!${field({ within, name: 'amount', label: 'Amount in cents', hint: 'Leave empty to refund all that is left' })}!${field({ within, name: 'invoice', label: 'Invoice', hint: 'Leave empty for the newest paid one', maxlength: 60 })}!${reason(within)}`,
  },
  {
    title: 'Unlock the account',
    path: 'unlock',
    role: 'operator',
    button: 'Clear the limits',
    offered: inPhase('onboarding', ...PHASES_OF_LIFE, 'cancellation'),
    inputs: reason,
  },
  {
    title: 'Revoke an API key',
    path: 'revoke-key',
    button: 'Revoke',
    offered: ({ detail }) => workingKeys(detail).length > 0,
    inputs: (within, { detail }) =>
      html`!${select({ within, name: 'key_id', label: 'Key' }, workingKeys(detail))}!${reason(within)}`,
  },
  {
    title: 'Send a link to a new API key',
    path: 'send-key-link',
    button: 'Mail the link',
    offered: inPhase('onboarding', ...PHASES_OF_LIFE),
    inputs: reason,
  },
  {
    title: 'Mend the records that differ',
    path: 'mend',
    role: 'operator',
    button: 'Compare again and mend',
    offered: ({ detail }) => detail.differences.some(({ kind }) => isMendable(kind)),
    inputs: mendInputs,
  },
  {
    title: 'Dismiss an alert',
    path: 'dismiss-alert',
    button: 'Dismiss',
    offered: ({ detail }) => openAlerts(detail).length > 0,
    inputs: (within, { detail }) =>
      html`<p>For an alert that has been dealt with. It is raised again if the problem happens again.</p>
        !${select({ within, name: 'alert_id', label: 'Alert' }, openAlerts(detail))}!${reason(within)}`,
  },
  {
    title: 'Resend a mail',
    path: 'resend-mail',
    role: 'operator',
    button: 'Send it',
    offered: ({ detail }) => unsentMails(detail).length > 0,
    inputs: (within, { detail }) =>
      html`!${select({ within, name: 'email_id', label: 'Mail' }, unsentMails(detail))}
        <label
          ><input type="checkbox" name="twice" value="yes" /> It may come twice: send it although it may have been sent
          already</label
        >
        !${reason(within)}`,
  },
  {
    title: 'Erase',
    path: 'erase',
    role: 'operator',
    button: 'Delete this customer and all their data',
    offered: ({ detail: { customer } }) => customer.email !== null,
    inputs: (within) =>
      html`<p>No backup is kept, and it cannot be undone.</p>
        !${field({ within, name: 'confirm', label: "The customer's id or instance name, to confirm", required: true, maxlength: 100 })}!${reason(within)}`,
  },
  {
    title: 'Move the test clock',
    path: 'advance',
    role: 'operator',
    button: 'Advance',
    offered: (view) => view.testClock && view.detail.customer.phase !== 'ended',
    inputs: (within) =>
      field({ within, name: 'to', label: 'To', hint: 'ISO 8601, like 2026-12-24T00:00:00Z', required: true }),
  },
];

function replay({ detail: { customer }, typed = {}, ...view }: ActionsView): string {
  const open = customer.attention === null ? '' : ' open';
  return html`
    <details!${open}>
      <summary>Replay the onboarding</summary>
      !${replayForm({ ...view, customer, typed })}
    </details>
  `;
}

const actionsFor = (view: Offering): readonly Action[] =>
  ACTIONS.filter(({ offered, role = view.role }) => role === view.role && offered(view));

const replayable = ({ detail: { customer } }: Offering): boolean =>
  customer.phase === 'onboarding' || awaitsReplay(customer);

/** What can be done now, by whoever looks: a page made earlier sees by it that its forms are not the right ones any more. */
export const offeredActions = (view: Offering): string =>
  [...(replayable(view) ? ['replay'] : []), ...actionsFor(view).map(({ path }) => path)].join(' ');

/** The forms of what can be done now, by whoever looks. */
export function consoleActions(view: ActionsView): string {
  const { customer } = view.detail;
  const forms = actionsFor(view).map(
    ({ title, path, button, inputs }) => html`
      <details>
        <summary>${title}</summary>
        <form method="post" action="/console/customers/${customer.customerId}/${path}">
          !${csrfField(view.csrf)}<input type="hidden" name="phase" value="${customer.phase}" />
          !${inputs(path, view)}<button>${button}</button>
        </form>
      </details>
    `,
  );
  const all = replayable(view) ? [replay(view), ...forms] : forms;
  return all.length === 0
    ? ''
    : html`<section>
        <h2>Actions</h2>
        !${all}
      </section>`;
}
