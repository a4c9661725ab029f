import { flushCompileCache } from 'node:module';
import { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import split from 'split2';
import { buildInstance } from './app.ts';
import { Instance } from './instance.ts';
import { LicenceInvalidError } from './licence.ts';
import { asOutage, DatabaseUnavailableError } from '../../../db/outage.ts';
import {
  CHANNEL_FD,
  EXIT_DATABASE_AWAY,
  EXIT_LICENCE_INVALID,
  type InstanceMessage,
  type InstanceRequest,
} from './messages.ts';

const channel = new Socket({ fd: CHANNEL_FD, readable: true, writable: true });
const send = (message: InstanceMessage): void => {
  channel.write(`${JSON.stringify(message)}\n`);
};

const ANSWERS: Readonly<Record<InstanceRequest['ask'], (instance: Instance, request: InstanceRequest) => unknown>> = {
  reload: (instance) => instance.reload(),
  usage: (instance) => instance.usage(),
  'are you there': () => true,
  signOut: (instance, { ended }) => ended && instance.sessions.end(ended),
};

async function answer(instance: Instance, request: InstanceRequest): Promise<void> {
  const { id, ask } = request;
  try {
    const value = await ANSWERS[ask](instance, request);
    send({ kind: 'reply', id, value });
  } catch (error) {
    const message = error instanceof LicenceInvalidError ? error.message : `The instance could not ${ask}.`;
    send({ kind: 'refused', id, message });
  }
}

function endWith(app: FastifyInstance, instance: Instance): void {
  const end = (): void => {
    void app
      .close()
      .then(() => instance.store.close())
      .finally(() => process.exit(0));
  };
  process.on('SIGTERM', end);
  // Without its supervisor nobody could find, reload or stop it: it ends, and the next gateway starts it again.
  channel.on('error', () => undefined).on('close', end);
}

const [home = '', namespace = ''] = process.argv.slice(2);
try {
  const instance = await Instance.open(home, namespace);
  const app = buildInstance(instance);
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  channel.pipe(split()).on('data', (line: string) => void answer(instance, JSON.parse(line) as InstanceRequest));
  endWith(app, instance);
  send({ kind: 'ready', port: Number(new URL(address).port) });
  // Kept now: it may never get to an orderly end.
  flushCompileCache();
} catch (error) {
  const isLicence = error instanceof LicenceInvalidError;
  console.error(isLicence ? error.message : `The instance could not start: ${(error as Error).message}`);
  const isAway = asOutage(error) instanceof DatabaseUnavailableError;
  process.exit(isLicence ? EXIT_LICENCE_INVALID : isAway ? EXIT_DATABASE_AWAY : 1);
}
