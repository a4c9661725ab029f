import type { EndedSessions } from '../target.ts';
import { StackFailure, type StackFailureType } from '../errors.ts';

/** One instance as the gateway sees it. */
export interface InstanceStatus {
  readonly namespace: string;
  readonly host: string;
  readonly state: 'starting' | 'running' | 'waiting' | 'refused' | 'stopped';
  readonly pid: number | null;
  readonly port: number | null;
  readonly restarts: number;
}

export interface GatewaySettings {
  /** Base URL of the gateway's control API. */
  readonly url: string;
  readonly token: string;
}

/** Why an instance that was started does not answer. */
export type NotReady = 'database_away' | 'cut_off' | 'too_slow' | 'start_failed';

/** Why an instance does not serve. `ends`: soon after each start. */
export type Trouble = NotReady | 'damaged' | 'refused' | 'starting' | 'ends';

export interface InstanceTrouble {
  readonly namespace: string;
  /** Null when it serves, or was told not to. */
  readonly trouble: Trouble | null;
}

interface GatewayRefusal {
  readonly error: string;
  readonly message: string;
}

/** What the gateway's refusals mean for the stack; all others are failures of the instance itself. */
const FAILURES: Readonly<Record<string, StackFailureType>> = {
  instance_refused: 'InvalidSpec',
  database_away: 'TenantDatabaseUnavailable',
  cut_off: 'ProvisioningInterrupted',
  too_slow: 'InstanceTooSlow',
};

const ANSWER_WITHIN_MS = 20_000;
/** Includes the time that an instance may wait for its turn. */
const START_WITHIN_MS = 90_000;

interface Sending {
  readonly withinMs?: number;
  readonly body?: object;
}

/** The gateway's control API: tells it to run, reload or stop instances, and asks what runs. */
export class GatewayClient {
  readonly #settings: GatewaySettings;
  constructor(settings: GatewaySettings) {
    this.#settings = settings;
  }

  /** Starts the instance, or makes the running one take up its changed folder; resolves when the instance answers. Idempotent. */
  async ensure(namespace: string): Promise<InstanceStatus> {
    const response = await this.#send('PUT', `/instances/${namespace}`, { withinMs: START_WITHIN_MS });
    if (response.ok) return (await response.json()) as InstanceStatus;
    const { error, message } = (await response.json()) as GatewayRefusal;
    throw new StackFailure(FAILURES[error] ?? 'ProvisioningFailed', message);
  }

  /** Stops and forgets the instance. Idempotent: an unknown one counts as stopped. */
  async stop(namespace: string): Promise<void> {
    const response = await this.#send('DELETE', `/instances/${namespace}`);
    if (!response.ok)
      throw new StackFailure('ProvisioningFailed', `The gateway answered ${String(response.status)} to a stop.`);
  }

  /** Makes the instance end its sessions of older versions and of these entries. Idempotent: an unknown one has none. */
  async signOut(namespace: string, ended: EndedSessions): Promise<void> {
    const response = await this.#send('POST', `/instances/${namespace}/sign-out`, { body: ended });
    if (!response.ok && response.status !== 404)
      throw new StackFailure('ProvisioningFailed', `The gateway answered ${String(response.status)} to a sign-out.`);
  }

  async find(namespace: string): Promise<InstanceStatus | undefined> {
    const response = await this.#send('GET', `/instances/${namespace}`);
    return response.ok ? ((await response.json()) as InstanceStatus) : undefined;
  }

  /** For every instance, what keeps it from serving. */
  async troubles(): Promise<readonly InstanceTrouble[]> {
    const response = await this.#send('GET', '/troubles');
    if (!response.ok) throw new StackFailure('GatewayUnavailable');
    return (await response.json()) as InstanceTrouble[];
  }

  /** Usage of an instance, which nobody can read from outside. Undefined when it is not running. */
  async usage(namespace: string): Promise<Readonly<Record<string, number>> | undefined> {
    const response = await this.#send('GET', `/instances/${namespace}/metrics`);
    return response.ok ? ((await response.json()) as Record<string, number>) : undefined;
  }

  async #send(method: string, path: string, { withinMs = ANSWER_WITHIN_MS, body }: Sending = {}): Promise<Response> {
    const headers = {
      authorization: `Bearer ${this.#settings.token}`,
      ...(body && { 'content-type': 'application/json' }),
    };
    const signal = AbortSignal.timeout(withinMs);
    try {
      return await fetch(new URL(path, this.#settings.url), {
        method,
        headers,
        signal,
        ...(body && { body: JSON.stringify(body) }),
      });
    } catch (cause) {
      throw new StackFailure('GatewayUnavailable', undefined, { cause });
    }
  }
}
