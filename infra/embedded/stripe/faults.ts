import type { Store } from './store.ts';

export const FAULT_MODES = ['error', 'drop-reply', 'slow', 'rate-limit'] as const;
type FaultMode = (typeof FAULT_MODES)[number];

export interface Fault {
  id: number;
  match: string;
  mode: FaultMode;
  /** How many more requests it hits. */
  times: number;
  status: number | null;
  delayMs: number | null;
}

export interface NewFault {
  match: string;
  mode: FaultMode;
  times?: number;
  status?: number;
  delayMs?: number;
}

/** `*` stands for one segment of a path, or for any method. */
function matches(pattern: string, request: string): boolean {
  const source = pattern.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('*', '[^/ ]+');
  return new RegExp(`^${source}$`).test(request);
}

const fromRow = (row: Record<string, unknown>): Fault => ({
  id: Number(row.id),
  match: String(row.match),
  mode: row.mode as FaultMode,
  times: Number(row.times),
  status: row.status as number | null,
  delayMs: row.delay_ms as number | null,
});

/** Faults on demand, kept in the data file so that a restart does not lose an experiment. */
export class Faults {
  private readonly store: Store;

  constructor(store: Store) {
    this.store = store;
  }

  add({ match, mode, times = 1, status, delayMs }: NewFault): void {
    this.store.run(
      'insert into faults (match, mode, times, status, delay_ms) values (?, ?, ?, ?, ?)',
      match,
      mode,
      times,
      status ?? null,
      delayMs ?? null,
    );
  }

  list(): Fault[] {
    return this.store.rows('select * from faults where times > 0 order by id').map(fromRow);
  }

  clear(): void {
    this.store.run('delete from faults');
  }

  /**
   * Uses up one hit of the oldest fault that matches. An `error` cannot hit the replay of a saved answer, which is not
   * executed; the other modes can, since they concern the way and not the work.
   */
  take(method: string, path: string, replaying: boolean): Fault | undefined {
    const fault = this.list().find(
      ({ match, mode }) => matches(match, `${method} ${path}`) && !(replaying && mode === 'error'),
    );
    if (fault) this.store.run('update faults set times = times - 1 where id = ?', fault.id);
    return fault;
  }
}
