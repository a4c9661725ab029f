import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { gatewayArguments } from './arguments.ts';
import { buildControl } from './control.ts';
import { buildProxy } from './proxy.ts';
import { Supervisor } from './supervisor.ts';

const LOOK_EVERY_MS = 2_000;

const { host, port: proxyPort, controlPort, home, token, proxies } = await gatewayArguments();

const supervisor = new Supervisor(home);
const proxy = buildProxy((host) => supervisor.portOf(host), proxies);
const control = buildControl(supervisor, token);

const stop = (): void => {
  proxy.close();
  proxy.closeAllConnections();
  void Promise.all([supervisor.stopAll(), control.close()]).finally(() => process.exit(0));
};
process.on('SIGTERM', stop);
process.on('SIGINT', stop);

await once(proxy.listen(proxyPort, host), 'listening');
const controlUrl = await control.listen({ host, port: controlPort });
const address = proxy.address();
const port = typeof address === 'object' ? address?.port : undefined;
// One line that whoever started us can read: the ports, for those who asked for 0.
console.log(JSON.stringify({ ready: true, port, controlUrl }));
await supervisor.startAll();
for (;;) {
  await delay(LOOK_EVERY_MS);
  await supervisor.look();
}
