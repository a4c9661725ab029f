import { begin } from '../infra/begin.ts';
import { loadLifecycleConfig } from '../infra/config.ts';
import { watchOverMainThread } from '../infra/processes/watchdog.ts';

watchOverMainThread();
// The settings first: a wrong one is told before seconds of loading.
await begin(async () => {
  const config = loadLifecycleConfig();
  const { runLifecycleWorker } = await import('./lifecycle.ts');
  await runLifecycleWorker(config);
});
