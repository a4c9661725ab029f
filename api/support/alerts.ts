import { lockAlert, resolveAlerts } from '../../infra/db/repositories/alerts.ts';
import { findCustomer, followAlerts } from '../../infra/db/repositories/customers.ts';
import { refused } from './commands.ts';
import { recordCommand, type CommandRequest } from './customer-commands.ts';
import type { AppDeps } from '../http/deps.ts';
import { notFound } from '../http/errors.ts';
import { endsOtherwise } from './ends-otherwise.ts';

/**
 * Dismisses an alert that a person has dealt with. If the problem happens again, it is raised again. An alert that is
 * over stays over. @throws ApiError 404 if there is none, 409 for an alert whose problem still exists
 */
export async function dismissAlert(
  deps: AppDeps,
  command: CommandRequest,
  { alert_id: alertId, reason }: { readonly alert_id: string; readonly reason: string },
): Promise<void> {
  const { customerId } = command;
  await deps.database.transaction().execute(async (database) => {
    const [customer, alert] = [
      await findCustomer(database, customerId),
      await lockAlert(database, customerId, alertId),
    ] as const;
    if (!customer || !alert) throw notFound('alert');
    if (alert.resolvedAt !== null) return;
    const why = endsOtherwise(customer, alert.kind);
    if (why !== undefined) throw refused(why);
    await recordCommand({ ...deps, database }, command, 'dismissAlert', { reason, details: { alert: alert.kind } });
    await resolveAlerts(database, customerId, alert.kind);
    await followAlerts(database, customerId);
  });
}
