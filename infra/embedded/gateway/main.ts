import { once } from 'node:events';
import { mkdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { buildControl } from './control.ts';
import { buildProxy } from './proxy.ts';
import { Supervisor } from './supervisor.ts';

const LOOK_EVERY_MS = 2_000;

const { values } = parseArgs({
  options: {
    // Loopback unless told otherwise: in a container the ports are reached through its network.
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '3180' },
    'control-port': { type: 'string', default: '3181' },
    home: { type: 'string' },
    'token-file': { type: 'string' },
  },
});
if (values.home === undefined || values['token-file'] === undefined)
  throw new Error(
    'Usage: main.ts [--host <address>] --port <n> --control-port <n> --home <folder> --token-file <file>',
  );

await mkdir(values.home, { recursive: true });
const token = (await readFile(values['token-file'], 'utf8')).trim();
if (token === '') throw new Error('The token file is empty.');

const supervisor = new Supervisor(values.home);
const proxy = buildProxy((host) => supervisor.portOf(host));
const control = buildControl(supervisor, token);

const stop = (): void => {
  proxy.close();
  proxy.closeAllConnections();
  void Promise.all([supervisor.stopAll(), control.close()]).finally(() => process.exit(0));
};
process.on('SIGTERM', stop);
process.on('SIGINT', stop);

await once(proxy.listen(Number(values.port), values.host), 'listening');
const controlUrl = await control.listen({ host: values.host, port: Number(values['control-port']) });
const address = proxy.address();
const port = typeof address === 'object' ? address?.port : undefined;
// One line that whoever started us can read: the ports, for those who asked for 0.
console.log(JSON.stringify({ ready: true, port, controlUrl }));
await supervisor.startAll();
for (;;) {
  await delay(LOOK_EVERY_MS);
  await supervisor.look();
}
