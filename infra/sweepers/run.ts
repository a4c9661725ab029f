import type { Logger } from 'pino';
import type { Database } from '../db/database.ts';
import { whileSoleOwner } from '../db/repositories/sweeper-cursors.ts';
import type { Sweeper } from './sweeper.ts';

export interface Sweeping<Deps> {
  readonly sweep: Sweeper<Deps>;
  /** How often, compared with the base interval. */
  readonly every: number;
  /** By one of all processes at a time. */
  readonly alone?: true;
}

interface RunnerDeps {
  readonly database: Database;
  readonly logger: Logger;
}

export interface Sweepers {
  /** Waits for the rounds under way. */
  stop(): Promise<void>;
}

/** The processes that do not get the lock leave this pass to the one that does. */
const byOneOwner =
  <Deps extends RunnerDeps>(name: string, sweep: Sweeper<Deps>): Sweeper<Deps> =>
  async (deps) =>
    (await whileSoleOwner(deps.database, name, () => sweep(deps))) ?? 0;

function runEvery<Deps extends RunnerDeps>(
  name: string,
  sweep: Sweeper<Deps>,
  deps: Deps,
  intervalMs: number,
): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let stopped = false;
  const round = async (): Promise<void> => {
    try {
      await sweep(deps);
    } catch (error) {
      deps.logger.error({ err: error, sweeper: name }, 'a sweep failed and is tried again');
    }
    if (!stopped) plan();
  };
  const plan = (): void => {
    timer = setTimeout(() => {
      running = round();
    }, intervalMs);
  };
  plan();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await running;
  };
}

/** Runs sweepers, each one round after the other, until stopped. Any number of processes may do so at once. */
export function runSweepers<Deps extends RunnerDeps>(
  sweepers: Readonly<Record<string, Sweeping<Deps>>>,
  deps: Deps & { readonly intervalMs: number },
): Sweepers {
  const stops = Object.entries(sweepers).map(([name, { sweep, every, alone }]) =>
    runEvery(name, alone ? byOneOwner(name, sweep) : sweep, deps, deps.intervalMs * every),
  );
  return {
    async stop() {
      await Promise.all(stops.map((stop) => stop()));
    },
  };
}
