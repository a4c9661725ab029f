export interface RequestEntry {
  id: string;
  method: string;
  path: string;
  key: string | null;
  /** Null when the reply was dropped. */
  status: number | null;
  replayed: boolean;
}

const KEPT = 5_000;

/** The latest requests, without their bodies: enough to see that a retry used the same key. */
export class RequestLog {
  private entries: RequestEntry[] = [];

  add(entry: RequestEntry): void {
    this.entries.push(entry);
    if (this.entries.length > KEPT) this.entries = this.entries.slice(-KEPT);
  }

  all(): readonly RequestEntry[] {
    return this.entries;
  }
}
