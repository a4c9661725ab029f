import type { Database } from '../../infra/db/database.ts';
import { saveProgress, type ProgressEntry, type StackRun } from '../../infra/db/repositories/stacks.ts';

/** Writes the newest progress, one write at a time; progress that is outdated by the end of a write is skipped. */
export class ProgressWriter {
  readonly #database: Database;
  readonly #run: StackRun;
  #newest: readonly ProgressEntry[] | undefined;
  #writing: Promise<void> | undefined;

  constructor(database: Database, run: StackRun) {
    this.#database = database;
    this.#run = run;
  }

  readonly write = (progress: readonly ProgressEntry[]): void => {
    this.#newest = progress;
    this.#writing ??= this.#drain().finally(() => (this.#writing = undefined));
  };

  async #drain(): Promise<void> {
    while (this.#newest) {
      const progress = this.#newest;
      this.#newest = undefined;
      // Progress is for people who wait; the operation does not depend on it.
      await saveProgress(this.#database, this.#run, progress).catch(() => undefined);
    }
  }

  async flush(): Promise<void> {
    await this.#writing;
  }
}
