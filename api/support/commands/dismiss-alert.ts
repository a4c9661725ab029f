import { Accepted } from '../../schemas/commands.ts';
import { Closed, Reason, Uuid } from '../../schemas/common.ts';
import { endsOtherwise } from '../ends-otherwise.ts';
import type { CustomerDetail } from '../customer-detail.ts';
import { command, REASON, type Choice } from './command.ts';

const openAlerts = ({ alerts, customer }: CustomerDetail): Choice[] =>
  alerts
    .filter(({ resolvedAt, kind }) => resolvedAt === null && endsOtherwise(customer, kind) === undefined)
    .map(({ alertId, kind, summary }) => ({ value: alertId, label: `${kind} (${summary.slice(0, 60)})` }));

export const dismissAlert = command({
  name: 'dismiss-alert',
  role: 'support',
  console: {
    ...{ title: 'Dismiss an alert', button: 'Dismiss', done: 'The alert is dismissed.' },
    note: 'For an alert that has been dealt with. It is raised again if the problem happens again.',
    offered: ({ detail }) => openAlerts(detail).length > 0,
  },
  help: 'dismiss an alert that has been dealt with; `show` lists them',
  operationId: 'dismissAlert',
  summary: 'End an alert that a person has dealt with; it is raised again if it happens again',
  errors: [409],
  atOnce: true,
  inputs: [
    {
      kind: 'choice',
      field: 'alert_id',
      label: 'Alert',
      from: openAlerts,
      wrong: ['The choice is missing', 'Choose the alert to dismiss.'],
      option: ['--id <alert>', 'id of the alert'],
    },
    REASON,
  ],
  body: Closed(
    { alert_id: Uuid, reason: Reason },
    { examples: [{ alert_id: '0b6f0e5c-3f0f-4a53-9a3a-2b8f1c7d9e10', reason: 'We spoke to the customer.' }] },
  ),
  reply: Accepted,
  run: async (deps, command, body) => {
    const { dismissAlert: dismiss } = await import('../alerts.ts');
    await dismiss(deps, command, body);
    return { accepted: true };
  },
});
