import type { Store } from './store.ts';

export const FAULT_MODES = ['error', 'drop-reply', 'slow', 'rate-limit'] as const;
type FaultMode = (typeof FAULT_MODES)[number];

export interface NewFault {
  match: string;
  mode: FaultMode;
  /** Hits only requests that carry this text, or name an object that does, itself or by its customer. */
  about?: string;
  times?: number;
  /** Hits, instead of so many times, all requests from the first it hits until so long after that. */
  forMs?: number;
  status?: number;
  delayMs?: number;
}

export interface Fault extends NewFault {
  id: number;
  /** How many more requests it hits. */
  times: number;
  /** When it ends by the clock; known from its first hit on. */
  endsAt?: number;
}

/** A request as it came, for faults that are about somebody. */
export interface Asked {
  method: string;
  path: string;
  key: string | null;
  /** Query and body. */
  text: string;
}

/** `*` stands for one segment of a path, or for any method. */
function matches(pattern: string, request: string): boolean {
  const source = pattern.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('*', '[^/ ]+');
  return new RegExp(`^${source}$`).test(request);
}

const ID = /[a-z]+_\w{10,}/g;

/** Faults on demand, kept in the data file so that a restart does not lose an experiment. */
export class Faults {
  private readonly store: Store;

  constructor(store: Store) {
    this.store = store;
  }

  add({ times, ...fault }: NewFault): void {
    const bound = times ?? (fault.forMs === undefined ? 1 : Number.MAX_SAFE_INTEGER);
    this.store.run('insert into armed_faults (fault) values (?)', JSON.stringify({ ...fault, times: bound }));
  }

  list(): Fault[] {
    return this.store
      .rows('select id, fault from armed_faults order by id')
      .map(({ id, fault }) => ({ ...(JSON.parse(String(fault)) as Fault), id: Number(id) }))
      .filter(({ times, endsAt = Infinity }) => times > 0 && Date.now() < endsAt);
  }

  clear(): void {
    this.store.run('delete from armed_faults');
  }

  /**
   * Uses up one hit of the oldest fault that matches. An `error` cannot hit the replay of a saved answer, which is not
   * executed; the other modes can, since they concern the way and not the work.
   */
  take(asked: Asked, replaying: boolean): Fault | undefined {
    const fault = this.list().find(
      ({ match, mode, about }) =>
        matches(match, `${asked.method} ${asked.path}`) &&
        !(replaying && mode === 'error') &&
        (about === undefined || this.isAbout(asked, about)),
    );
    if (fault) this.hit(fault);
    return fault;
  }

  private hit({ id, ...fault }: Fault): void {
    const ends = fault.forMs === undefined ? {} : { endsAt: fault.endsAt ?? Date.now() + fault.forMs };
    const left = { ...fault, ...ends, times: fault.times - 1 };
    this.store.run('update armed_faults set fault = ? where id = ?', JSON.stringify(left), id);
  }

  private isAbout({ path, key, text }: Asked, about: string): boolean {
    const said = [path, key ?? '', decodeURIComponent(text.replaceAll('+', ' '))].join(' ');
    return said.includes(about) || (said.match(ID) ?? []).some((id) => this.carries(id, about));
  }

  private carries(id: string, about: string): boolean {
    const found = this.store.rows(
      `select 1 from objects named left join objects owner on owner.type = 'customer' and owner.id = named.customer
       where named.id = ? and (instr(named.data, ?) > 0 or instr(owner.data, ?) > 0)`,
      ...[id, about, about],
    );
    return found.length > 0;
  }
}
