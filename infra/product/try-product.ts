import { fork } from 'node:child_process';
import { once } from 'node:events';
import { isAbsolute } from 'node:path';
import type { Config } from '../config/types.ts';
import { programFile } from '../program-file.ts';
import { ConfigError } from '../settings.ts';
import { openProduct, productFile } from './open-product.ts';
import { needsOf, type Needs } from './needs.ts';

/** More than a product is given to load: only one that keeps its process busy is still at it then. */
const ENDS_WITHIN_MS = 15_000;

/** What its process tells of a product. */
export type Told = { readonly needs: Needs } | { readonly problem: string };

const howItEnded = (code: number | null, signal: string | null, timedOut: boolean): string => {
  if (timedOut)
    return `it was still loading after ${String(ENDS_WITHIN_MS / 1000)} s. Look for a loop that never ends.`;
  const how = code === null ? (signal ?? 'by a signal') : `exit code ${String(code)}`;
  return `the process ended while it was loaded (${how}). Look for a call to process.exit.`;
};

/**
 * Loads a product in a process of its own, before anything else is started: code that ends its process, or keeps it busy
 * for ever, would do the same to whoever loads it. Those that come with Tenure need no trial.
 * @returns what it needs
 * @throws ConfigError that names the file and what is wrong
 */
export async function tryProduct({ source }: Pick<Config['product'], 'source'>): Promise<Needs> {
  if (!isAbsolute(source)) return needsOf(await openProduct({ source }));
  const file = productFile(source);
  const child = fork(programFile('./try-product-child.ts', import.meta.url), [source], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  let told: Told | undefined;
  let timedOut = false;
  child.on('message', (message) => (told = message as Told));
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, ENDS_WITHIN_MS);
  // What it told may arrive after its end, but not after that of the channel.
  const [[code, signal]] = (await Promise.all([once(child, 'exit'), once(child, 'disconnect')])) as [
    [number | null, string | null],
    unknown,
  ];
  clearTimeout(timer);
  if (told !== undefined && 'needs' in told) return told.needs;
  const problem = told?.problem ?? howItEnded(code, signal, timedOut);
  throw new ConfigError(problem.startsWith('TENURE_PRODUCT') ? problem : `TENURE_PRODUCT: ${file}: ${problem}`);
}
