import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { programFile } from '../../program-file.ts';
import type { Engine } from './engines.ts';
import { executableName } from './version.ts';

const run = promisify(execFile);
const here = (path: string): string => programFile(path, import.meta.url);

const REACH_MS = 3_000;
const DOWNLOAD_MS = 180_000;
const BUILD_MS = 30 * 60_000;

/** A way to install `<root>/bin/<engine>`. @throws Error with the reason when it cannot */
export interface Way {
  readonly label: (engine: Engine) => string;
  readonly install: (engine: Engine, root: string) => Promise<void>;
}

function reach(host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: 443, timeout: REACH_MS });
    const settle = (error?: Error): void => {
      socket.destroy();
      if (error) reject(error);
      else resolve();
    };
    socket.once('connect', () => {
      settle();
    });
    socket.once('timeout', () => {
      settle(new Error(`${host} did not answer within ${String(REACH_MS / 1000)} s`));
    });
    socket.once('error', settle);
  });
}

/** The official binary, fetched by the SDK's own function. Gives up immediately if the host cannot be reached. */
export const download = (behindProxy: boolean): Way => ({
  label: (engine) => `the official download from ${engine.downloadHost}`,
  install: async (engine, root) => {
    if (!behindProxy) await reach(engine.downloadHost);
    const options = { timeout: DOWNLOAD_MS, killSignal: 'SIGKILL' } as const;
    await run(process.execPath, [here('download.ts'), engine.name, root], options);
  },
});

export const build: Way = {
  label: (engine) => `go build ${engine.goPackage}`,
  install: async (engine, root) => {
    const out = join(root, 'bin', executableName(engine));
    const args = ['build', '-trimpath', '-ldflags', engine.goLdflags, '-o', out, engine.goPackage];
    const options = { cwd: here(engine.name), timeout: BUILD_MS, maxBuffer: 64 * 1024 * 1024 };
    await run('go', args, options).catch((cause: unknown) => {
      const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
      throw missing ? new Error('Go is not on the PATH (1.26 or newer, from https://go.dev/dl)', { cause }) : cause;
    });
  },
};
