import { LifecycleHarness } from '../../support/lifecycle.ts';
import { KilledWorker } from './worker.ts';

export interface Lane {
  readonly harness: LifecycleHarness;
  readonly worker: KilledWorker;
}

/** Separate worlds: a death in one lane does not affect the others, and they wait after deaths at the same time. */
export class Lanes {
  private readonly all: Lane[] = [];
  private readonly free: Lane[] = [];
  private readonly waiting: ((lane: Lane) => void)[] = [];

  async open(count: number): Promise<void> {
    await Promise.all(
      Array.from({ length: count }, async () => {
        const harness = await LifecycleHarness.start({ target: 'local', workers: 'elsewhere' });
        const lane = { harness, worker: new KilledWorker(await harness.arrangement()) };
        this.all.push(lane);
        await lane.worker.start();
        // Code compiled at its first use blocks this process, and its inbox, for seconds: not during a kill.
        await harness.inTrial();
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
    for (const { harness } of this.all) await harness.close();
  }
}
