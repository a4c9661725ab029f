import { join } from 'node:path';
import pLimit from 'p-limit';
import { readJson } from '../../../files.ts';
import { folderOf, listDamaged, listInstances, PROCESS, readInstance } from '../folder.ts';
import type { InstanceStatus, InstanceTrouble } from '../gateway-client.ts';
import { isAlive, type ProcessIdentity } from '../../../processes/identity.ts';
import { signal } from '../../../processes/signal.ts';
import { InstanceProcess } from './instance-process.ts';

/** More at the same time would only make each slower on a small machine, until none is ready in time. */
const STARTS_AT_ONCE = 4;
/** It runs, or will run on its own. */
const COMING_UP: ReadonlySet<InstanceStatus['state']> = new Set(['starting', 'waiting', 'running']);

const hostname = (host: string): string => host.replace(/:\d+$/, '').toLowerCase();

/** A process of this instance that an earlier gateway left behind is ended; its pid alone would not prove it ours. */
async function endOrphan(home: string, namespace: string): Promise<void> {
  const identity = await readJson<ProcessIdentity>(join(folderOf(home, namespace), PROCESS));
  if (identity !== undefined && (await isAlive(identity))) signal(identity.pid, 'SIGKILL');
}

/** All instances below the tenants' home, and which host leads to which. */
export class Supervisor {
  readonly #home: string;
  readonly #instances = new Map<string, InstanceProcess>();
  /** Hosts of instances that are still to be started: they are down, not unknown. */
  readonly #toStart = new Set<string>();
  /** Folders with a damaged file, which may be mended while we run. */
  readonly #damaged = new Set<string>();
  readonly #starts = pLimit(STARTS_AT_ONCE);
  /** One change of an instance at a time. */
  readonly #changes = new Map<string, Promise<unknown>>();

  constructor(home: string) {
    this.#home = home;
  }

  /** Starts every instance there is; one that cannot start does not keep the others. */
  async startAll(): Promise<void> {
    for (const [name, remedy] of await listDamaged(this.#home)) {
      console.error(`${name} is not started. ${remedy}`);
      this.#damaged.add(name);
    }
    const found = await listInstances(this.#home);
    for (const { host } of found) this.#toStart.add(hostname(host));
    await Promise.all(
      found.map(async ({ namespace, host }) => {
        await this.ensure(namespace).catch(() => undefined);
        this.#toStart.delete(hostname(host));
      }),
    );
  }

  /** Notices what hangs, and what was damaged and is mended. */
  async look(): Promise<void> {
    await Promise.all([...this.#instances.values()].map((instance) => instance.look()));
    for (const name of this.#damaged) {
      const mended = await readInstance(folderOf(this.#home, name)).then(
        () => true,
        () => false,
      );
      if (!mended) continue;
      this.#damaged.delete(name);
      await this.ensure(name).catch(() => undefined);
    }
  }

  /** Port of the instance that serves this Host header: undefined when there is none, null while it is down. */
  portOf(host: string): number | null | undefined {
    const name = hostname(host);
    for (const { status } of this.#instances.values()) if (hostname(status.host) === name) return status.port;
    return this.#toStart.has(name) ? null : undefined;
  }

  list(): InstanceStatus[] {
    return [...this.#instances.values()].map(({ status }) => status);
  }

  /** What keeps each instance from serving; one with a damaged file has no process. */
  troubles(): InstanceTrouble[] {
    const known = [...this.#instances].map(([namespace, { trouble }]) => ({ namespace, trouble }));
    return [...known, ...[...this.#damaged].map((namespace) => ({ namespace, trouble: 'damaged' as const }))];
  }

  find(namespace: string): InstanceProcess | undefined {
    return this.#instances.get(namespace);
  }

  /**
   * Starts the instance, or has the running one take up its changed folder. Undefined when there is no such folder.
   * @throws InstanceRefusedError when it cannot run as configured.
   */
  ensure(namespace: string): Promise<InstanceStatus | undefined> {
    return this.#inTurn(namespace, async () => {
      const file = await readInstance(folderOf(this.#home, namespace));
      if (file === undefined) return undefined;
      const known = this.#instances.get(namespace);
      const sameFile = known !== undefined && JSON.stringify(known.file) === JSON.stringify(file);
      if (sameFile && COMING_UP.has(known.status.state)) {
        // Stopped and started anew it would only lose its turn.
        await known.start();
        if ((await known.ask('reload')) === true) return known.status;
      }
      await known?.stop();
      if (known === undefined) await endOrphan(this.#home, namespace);
      const instance = new InstanceProcess(this.#home, file, this.#starts);
      this.#instances.set(namespace, instance);
      await instance.start();
      return instance.status;
    });
  }

  /** Idempotent. */
  remove(namespace: string): Promise<void> {
    this.#damaged.delete(namespace);
    return this.#inTurn(namespace, async () => {
      const known = this.#instances.get(namespace);
      this.#instances.delete(namespace);
      if (known === undefined) await endOrphan(this.#home, namespace);
      else await known.stop();
    });
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#instances.values()].map((instance) => instance.stop()));
  }

  #inTurn<T>(namespace: string, change: () => Promise<T>): Promise<T> {
    const before = this.#changes.get(namespace) ?? Promise.resolve();
    const turn = before.catch(() => undefined).then(change);
    this.#changes.set(namespace, turn);
    return turn;
  }
}
