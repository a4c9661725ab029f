import { begin } from '../infra/begin.ts';
import { loadProvisioningConfig } from '../infra/config.ts';
import { watchOverMainThread } from '../infra/processes/watchdog.ts';

watchOverMainThread();
// The settings first: a wrong one is told before seconds of loading.
await begin(async () => {
  const config = loadProvisioningConfig();
  const { runProvisioningWorker } = await import('./provisioning.ts');
  await runProvisioningWorker(config);
});
