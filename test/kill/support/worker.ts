import { fork, type ChildProcess } from 'node:child_process';
import { homedir } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProvisioningDeps } from '../../../activities/provisioning/index.ts';
import type { LifecycleConfig } from '../../../infra/config.ts';
import type { LinkBases } from '../../../infra/product/link-base.ts';
import type { Order } from './failpoints.ts';

/** Everything outside a worker that it needs. */
export interface Arrangement {
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  /** The file with the workflows' code. */
  readonly bundle: string;
  readonly config: LinkBases & Pick<LifecycleConfig, 'stripe'>;
  readonly mail: LifecycleConfig['mail'];
  readonly licence: { readonly privateKeyPath: string; readonly publicKeyPath: string };
  readonly stacks: Omit<ProvisioningDeps, 'database'>;
}

export type ToWorker =
  | { readonly does: 'work'; readonly arrangement: Arrangement }
  | { readonly does: 'arm'; readonly order: Order }
  | { readonly does: 'disarm'; readonly customerId: string };
/** The worker is at the point where it has to die, and waits there: the kill comes from outside. */
export type FromWorker = { readonly is: 'working' } | { readonly is: 'armed' | 'there'; readonly order: Order };

/** Nothing else of this process is passed on. */
const ENVIRONMENT = { PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`, HOME: homedir() };
const PROGRAM = fileURLToPath(new URL('worker-process.ts', import.meta.url));

const isSame = (one: Order, other: Order): boolean =>
  one.customerId === other.customerId && one.activity === other.activity;

/** A worker process that is started again whenever it was killed, as under any supervisor. */
export class KilledWorker {
  private readonly arrangement: Arrangement;
  private armed: { readonly order: Order; readonly known: () => void; readonly died: () => void }[] = [];
  private child: ChildProcess | undefined;
  private closing = false;

  constructor(arrangement: Arrangement) {
    this.arrangement = arrangement;
  }

  async start(): Promise<void> {
    const child = fork(PROGRAM, { execArgv: ['--disable-warning=ExperimentalWarning'], env: ENVIRONMENT });
    this.child = child;
    const working = Promise.withResolvers<undefined>();
    child.on('message', (message: FromWorker) => {
      if (message.is === 'working') working.resolve(undefined);
      this.hear(message);
    });
    child.once('exit', (code, signal) => {
      working.reject(new Error(`The worker ended with ${String(code ?? signal)}.`));
      if (!this.closing) this.start().catch(() => undefined);
    });
    this.tell({ does: 'work', arrangement: this.arrangement });
    for (const { order } of this.armed) this.tell({ does: 'arm', order });
    await working.promise;
  }

  /**
   * An order to die is carried out once, by the first attempt that reaches the point; an order to fail stands until it
   * is disarmed. Resolves when the worker knows the order, which then holds for all work that begins later.
   */
  async arm(order: Order): Promise<{ readonly died: Promise<unknown> }> {
    const [known, died] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    this.armed.push({
      order,
      known: () => {
        known.resolve(undefined);
      },
      died: () => {
        died.resolve(undefined);
      },
    });
    this.tell({ does: 'arm', order });
    await known.promise;
    return { died: died.promise };
  }

  disarm(customerId: string): void {
    this.armed = this.armed.filter(({ order }) => order.customerId !== customerId);
    this.tell({ does: 'disarm', customerId });
  }

  async stop(): Promise<void> {
    this.closing = true;
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  /** Kills the worker wherever it is. */
  kill(): void {
    this.child?.kill('SIGKILL');
  }

  private hear(message: FromWorker): void {
    const about = this.armed.filter(({ order }) => 'order' in message && isSame(order, message.order));
    if (message.is === 'armed') for (const { known } of about) known();
    if (message.is !== 'there') return;
    for (const { died } of about) died();
    this.armed = this.armed.filter((one) => !about.includes(one));
    this.kill();
  }

  private tell(message: ToWorker): void {
    if (this.child?.connected) this.child.send(message);
  }
}
