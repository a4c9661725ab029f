import { setTimeout as sleep } from 'node:timers/promises';

export interface Line<T> {
  /** Where it was read: Stripe, Postgres, Temporal, the inbox, the instance. */
  readonly from: string;
  readonly read: () => Promise<T>;
  readonly isSo: (seen: T) => boolean;
  /** The printed line, made from what was read. */
  readonly text: (seen: T) => string;
}

const POLL_MS = 100;
const PATIENCE_MS = 30_000;
/** How often the reader is told what the demo waits for. */
const SILENCE_MS = 3_000;

/** Prints each line only after reading back, where it must be true, that it is true, and waits until it is. */
export class Narrator {
  told = 0;
  untrue = 0;
  private readonly print: (text: string) => void;

  constructor(print: (text: string) => void) {
    this.print = print;
  }

  chapter(title: string): void {
    this.print(`\n${title}`);
  }

  link(what: string, url: string): void {
    this.print(`    ${what}: ${url}`);
  }

  async tell<T>({ from, read, isSo, text }: Line<T>): Promise<T> {
    const began = Date.now();
    let lastTold = began;
    let seen = await read();
    while (!isSo(seen) && Date.now() < began + PATIENCE_MS) {
      await sleep(POLL_MS);
      seen = await read();
      if (Date.now() < lastTold + SILENCE_MS) continue;
      lastTold = Date.now();
      this.print(`    waiting, ${String(Math.round((lastTold - began) / 1_000))} s  [${from}]`);
    }
    const so = isSo(seen);
    this.told += 1;
    if (!so) this.untrue += 1;
    this.print(`  ${so ? '✓' : '✗ FAILED:'} ${text(seen)}  [${from}]`);
    return seen;
  }
}
