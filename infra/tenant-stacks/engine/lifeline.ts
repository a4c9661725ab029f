import { createInterface } from 'node:readline';
import { signalSession } from '../process-identity.ts';
import { STOP_LINE, type EngineOrder } from './protocol.ts';

/** Ends the whole session (Pulumi, its plugins) and this process with it. */
export async function endSession(): Promise<never> {
  await signalSession(process.pid, process.pid);
  process.exit(1);
}

/**
 * Reads the order from stdin, and keeps listening. Stdin closes when the worker dies, however it dies: then nobody may
 * go on writing to this stack (reliability P2).
 */
export async function readOrder(onStop: () => void): Promise<EngineOrder> {
  const lines = createInterface({ input: process.stdin });
  lines.once('close', () => void endSession());
  return new Promise((resolve) => {
    lines.once('line', (order) => {
      resolve(JSON.parse(order) as EngineOrder);
      lines.on('line', (line) => {
        if (line === STOP_LINE) onStop();
      });
    });
  });
}
