import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { identify, isAlive, type ProcessIdentity } from '../engines/lock.mjs';
import { replaceFileSync } from '../../files.ts';
import { isDiskFull } from './room.ts';

/** What others need to reach a running arrangement: `run.json` in the state folder, there while it is ready. */
export interface RunInfo {
  /** Of the first product. */
  readonly api: string;
  /** By its name, or the path of its folder. */
  readonly products: readonly { readonly product: string; readonly api: string }[];
  readonly temporalAddress: string;
  readonly temporalUi: string | undefined;
  readonly namespace: string;
  /** Where people sign up and sign in for products that leave identities to an issuer. */
  readonly identities: string | undefined;
  readonly mail: string | undefined;
  readonly stripe: string | undefined;
  readonly databaseUrl: string;
  /** Where instances answer, with `<slug>` for the name. */
  readonly instances: string;
  /** Their domain, with the port when it has one. */
  readonly tenantBase: string;
  readonly gatewayControl: string;
  readonly gatewayToken: string;
  readonly staffToken: string;
  readonly stripeSecretKey: string;
  readonly stripeWebhookSecret: string;
  /** Where each worker shows its counters, in Prometheus's format. */
  readonly metrics: Readonly<Record<'lifecycle-worker' | 'provisioning-worker', string>>;
  readonly logs: string;
}

/** On a full disk the file stays as it was: what its parts leave behind is also found by its mark. */
function replace(file: string, value: unknown): void {
  try {
    replaceFileSync(file, JSON.stringify(value, undefined, 2));
  } catch (error) {
    if (!isDiskFull(error)) throw error;
  }
}

/** Keeps `run.json` and the list of our processes up to date while parts start and end. */
export class StateFolder {
  private readonly runFile: string;
  private readonly processFile: string;
  private readonly processes = new Map<string, ProcessIdentity>();
  private info: RunInfo | undefined;

  constructor(home: string) {
    this.runFile = join(home, 'run.json');
    this.processFile = join(home, 'processes.json');
  }

  /** Processes that an earlier supervisor left running because it was killed. */
  leftovers(): readonly (ProcessIdentity & { readonly part: string })[] {
    try {
      const known = JSON.parse(readFileSync(this.processFile, 'utf8')) as Record<string, ProcessIdentity>;
      return Object.entries(known)
        .map(([part, process]) => ({ part, ...process }))
        .filter(isAlive);
    } catch {
      return [];
    }
  }

  spawned(part: string, pid: number): void {
    this.processes.set(part, identify(pid));
    replace(this.processFile, Object.fromEntries(this.processes));
    this.writeRun();
  }

  publish(info: RunInfo): void {
    this.info = info;
    this.writeRun();
  }

  withdraw(): void {
    this.info = undefined;
    rmSync(this.runFile, { force: true });
  }

  /** When none of our processes runs any more. */
  clear(): void {
    this.withdraw();
    this.processes.clear();
    rmSync(this.processFile, { force: true });
  }

  private writeRun(): void {
    if (!this.info) return;
    const pids = Object.fromEntries([...this.processes].map(([part, { pid }]) => [part, pid]));
    replace(this.runFile, { ...this.info, pids, supervisorPid: process.pid });
  }
}
