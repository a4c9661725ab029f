import { Bench } from '../../support/lifecycle.ts';
import { KilledWorker } from './worker.ts';

export interface Lane {
  readonly bench: Bench;
  readonly worker: KilledWorker;
}

/** Worlds of their own: who dies in one takes nobody of another along, and the waiting after a death is shared. */
export class Lanes {
  private readonly all: Lane[] = [];
  private readonly free: Lane[] = [];
  private readonly waiting: ((lane: Lane) => void)[] = [];

  async open(count: number): Promise<void> {
    await Promise.all(
      Array.from({ length: count }, async () => {
        const bench = await Bench.start({ target: 'local', workers: 'elsewhere' });
        const lane = { bench, worker: new KilledWorker(await bench.arrangement()) };
        this.all.push(lane);
        await lane.worker.start();
        // What is compiled at its first use blocks this process, and the inbox in it, for seconds: not while one is killed.
        await bench.inTrial();
        this.free.push(lane);
      }),
    );
  }

  /** Runs the work alone in a lane. */
  async in(work: (lane: Lane) => Promise<void>): Promise<void> {
    const lane = this.free.pop() ?? (await new Promise<Lane>((resolve) => this.waiting.push(resolve)));
    try {
      await work(lane);
    } finally {
      const next = this.waiting.shift();
      if (next) next(lane);
      else this.free.push(lane);
    }
  }

  async close(): Promise<void> {
    for (const { worker } of this.all) await worker.stop();
    for (const { bench } of this.all) await bench.close();
  }
}
