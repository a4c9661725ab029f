import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { StackFailure } from '../../infra/tenant-stacks/errors.ts';
import { targetOf, type ProvisioningDeps } from './deps.ts';
import { readSpec } from './desired-spec.ts';

const LOOK_EVERY_MS = 500;

/**
 * Waits until the instance answers as this customer's, with database and mode: after a restart of the gateway many
 * instances start at the same time, and a late one is not a broken one.
 * @throws ApplicationFailure `InstanceUnhealthy` when it does not within `tenants.healthMs`
 * @throws StackFailure when it still cannot be reached by then
 */
export async function checkInstance(deps: ProvisioningDeps, customerId: string): Promise<void> {
  const spec = await readSpec(deps, customerId);
  const target = targetOf(deps, spec.target);
  const deadline = Date.now() + deps.tenants.healthMs;
  for (;;) {
    const trouble = await target.health(spec).catch((error: unknown) => {
      if (error instanceof StackFailure) return error;
      throw error;
    });
    if (trouble === undefined) return;
    if (Date.now() >= deadline)
      throw trouble instanceof StackFailure
        ? trouble
        : ApplicationFailure.create({ type: 'InstanceUnhealthy', message: trouble });
    await delay(LOOK_EVERY_MS);
  }
}
