import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { basename, dirname, resolve } from 'node:path';
import { startChild, type Running } from '../../processes/child.ts';
import { waitUntil } from '../wait-until.ts';
import { UI_HOST } from './ui-host.ts';

export interface TemporalOptions {
  /** The Temporal CLI. */
  readonly binary: string;
  /** Kept from start to start. */
  readonly dbFile: string;
  readonly port: number;
  /** There is no Web UI without it. */
  readonly uiPort?: number;
  /** Port of the HTTP API, which nothing uses; any free one by default. */
  readonly httpPort?: number;
  readonly namespace: string;
  readonly logFile: string;
  readonly onSpawn?: ((pid: number) => void) | undefined;
}

export interface RunningTemporal extends Running {
  readonly address: string;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

/**
 * The server's HTTP API cannot be switched off, and would accept commands from any web page in a browser on this
 * machine. So it answers only to a secret host name. SDK and Web UI use the other port.
 */
const httpToNobody = (port: number | undefined): string[] => [
  ...(port === undefined ? [] : ['--http-port', String(port)]),
  '--dynamic-config-value',
  `frontend.httpAllowedHosts=["${randomBytes(16).toString('hex')}.invalid"]`,
];

/**
 * Starts the Temporal CLI's server on 127.0.0.1, with its state in one file, and waits until it listens.
 * The namespace is created, but not set up: that is `prepareNamespace`.
 * @throws Error when it ends or does not listen; then nothing is left running
 */
export async function startTemporal(options: TemporalOptions): Promise<RunningTemporal> {
  const { binary, dbFile, port, uiPort, httpPort, namespace, logFile, onSpawn } = options;
  // Another server on that port would be taken for ours.
  if (await listens(port)) throw new Error(`Temporal was not started: port ${String(port)} is taken.`);
  const ui = uiPort === undefined ? ['--headless'] : ['--ui-ip', UI_HOST, '--ui-port', String(uiPort)];
  // The server makes a URI of the file's name without encoding it, so it runs in the folder and is given the bare name.
  const database = ['--db-filename', basename(dbFile)];
  const flags = ['--ip', '127.0.0.1', '--port', String(port), ...database, '--namespace', namespace, ...ui];
  const child = await startChild({
    command: resolve(binary),
    args: ['server', 'start-dev', ...flags, ...httpToNobody(httpPort), '--log-level', 'warn', '--log-format', 'json'],
    env: {},
    cwd: dirname(dbFile),
    logFile,
    // Histories are private, and the server makes files beside its database whenever it writes.
    privateFiles: true,
    onSpawn,
  });
  try {
    await waitUntil(() => listens(port), { what: 'Temporal', of: child });
  } catch (error) {
    await child.stop();
    throw error;
  }
  return { ...child, address: `127.0.0.1:${String(port)}` };
}
