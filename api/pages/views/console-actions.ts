import { html } from 'ghtml';
import { ONBOARDING_STEPS } from '../../../workflows/domain/onboarding-plan.ts';
import type { CustomerDetail } from '../../customer-detail.ts';
import { csrfField, field, select } from './forms.ts';

interface ActionsView {
  readonly detail: CustomerDetail;
  readonly csrf: string;
  readonly testClock: boolean;
}

interface Action {
  readonly title: string;
  readonly path: string;
  readonly button: string;
  readonly offered: (view: ActionsView) => boolean;
  readonly inputs: (within: string) => string;
}

const reason = (within: string): string =>
  field({ within, name: 'reason', label: 'Reason, for the audit trail', required: true, maxlength: 500 });
const inPhase =
  (...phases: readonly string[]) =>
  ({ detail }: ActionsView): boolean =>
    phases.includes(detail.customer.phase);

const FROM = [
  { value: 'failed', label: 'what failed' },
  { value: 'start', label: 'the start (takes everything back first)' },
  ...ONBOARDING_STEPS.map((step) => ({ value: step, label: step })),
];
const WHEN = [
  { value: 'period_end', label: 'at the end of the trial or period' },
  { value: 'now', label: 'at once' },
];

/** What support can do, and when it is offered; the workflow has the last word. */
const ACTIONS: readonly Action[] = [
  {
    title: 'Replay the onboarding',
    path: 'replay',
    button: 'Replay',
    offered: inPhase('onboarding'),
    inputs: (within) => html`
      !${select({ within, name: 'from', label: 'From', chosen: 'failed' }, FROM)}
      <fieldset>
        <legend>Corrections</legend>
        <div class="filters">
          <div>!${field({ within, name: 'slug', label: 'Instance name', maxlength: 63 })}</div>
          <div>!${field({ within, name: 'company_name', label: 'Company', maxlength: 100 })}</div>
          <div>!${field({ within, name: 'email', label: 'Email', type: 'email', maxlength: 254 })}</div>
          <div>!${field({ within, name: 'plan', label: 'Plan', maxlength: 50 })}</div>
        </div>
      </fieldset>
      !${reason(within)}
    `,
  },
  {
    title: 'Extend the trial',
    path: 'extend-trial',
    button: 'Extend',
    offered: inPhase('trial'),
    inputs: (within) =>
      html`!${field({ within, name: 'days', label: 'Days', type: 'number', value: '7', required: true })}!${reason(within)}`,
  },
  {
    title: 'Cancel',
    path: 'cancel',
    button: 'Cancel this customer',
    offered: inPhase('onboarding', 'trial', 'subscription'),
    inputs: (within) =>
      html`!${select({ within, name: 'when', label: 'When', chosen: 'period_end' }, WHEN)}!${reason(within)}`,
  },
  {
    title: 'Undo a cancellation',
    path: 'undo-cancellation',
    button: 'Undo',
    offered: inPhase('trial', 'subscription', 'cancellation'),
    inputs: reason,
  },
  {
    title: 'Abandon the onboarding',
    path: 'abandon',
    button: 'Take everything back and end',
    offered: inPhase('onboarding'),
    inputs: reason,
  },
  {
    title: 'Move the test clock',
    path: 'advance',
    button: 'Advance',
    offered: (view) => view.testClock && view.detail.customer.phase !== 'ended',
    inputs: (within) =>
      field({ within, name: 'to', label: 'To', hint: 'ISO 8601, like 2026-12-24T00:00:00Z', required: true }),
  },
];

/** The forms of what can be done now. */
export function consoleActions(view: ActionsView): string {
  const { customer } = view.detail;
  const forms = ACTIONS.filter(({ offered }) => offered(view)).map(
    ({ title, path, button, inputs }) => html`
      <details!${path === 'replay' && customer.attention !== null ? ' open' : ''}>
        <summary>${title}</summary>
        <form method="post" action="/console/customers/${customer.customerId}/${path}">
          !${csrfField(view.csrf)}!${inputs(path)}<button>${button}</button>
        </form>
      </details>
    `,
  );
  return forms.length === 0
    ? ''
    : html`<section>
        <h2>Actions</h2>
        !${forms}
      </section>`;
}
