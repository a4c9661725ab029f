import { begin } from '../infra/begin.ts';
import { loadLifecycleConfig } from '../infra/config.ts';
import { watchOverMainThread } from '../infra/processes/watchdog.ts';

watchOverMainThread();
// The settings come first: a wrong one is reported before the code has taken seconds to load.
await begin(async () => {
  const config = loadLifecycleConfig();
  const { runLifecycleWorker } = await import('./lifecycle.ts');
  await runLifecycleWorker(config);
});
