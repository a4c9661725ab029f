import { begin } from '../infra/begin.ts';
import { loadProvisioningConfig } from '../infra/config.ts';
import { watchOverMainThread } from '../infra/processes/watchdog.ts';

watchOverMainThread();
// The settings come first: a wrong one is reported before the code has taken seconds to load.
await begin(async () => {
  const config = loadProvisioningConfig();
  const { runProvisioningWorker } = await import('./provisioning.ts');
  await runProvisioningWorker(config);
});
