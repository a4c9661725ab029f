import { signalSession } from '../../processes/session.ts';
import { STOP, type EngineMessage, type EngineRequest } from './protocol.ts';

/** Ends the whole session: Pulumi, its plugins and this process. */
export async function endSession(): Promise<never> {
  await signalSession(process.pid, process.pid);
  process.exit(1);
}

/**
 * Takes the order from the channel to the worker, and keeps listening. The channel closes when the worker dies, however
 * it dies: then nobody may go on writing to this stack.
 */
export async function readRequest(onStop: () => void): Promise<EngineRequest> {
  process.once('disconnect', () => void endSession());
  return new Promise((resolve) => {
    process.once('message', (order) => {
      process.on('message', (message) => {
        if (message === STOP) onStop();
      });
      resolve(order as EngineRequest);
    });
  });
}

/** Sends a message to the worker. Resolves when it is out, also when nobody is there to receive it. */
export const say = (message: EngineMessage): Promise<void> =>
  new Promise((resolve) => {
    process.send?.(message, () => {
      resolve();
    });
  });
