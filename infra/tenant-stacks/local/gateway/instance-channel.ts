import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import split from 'split2';
import { Value } from 'typebox/value';
import { InstanceMessage, type InstanceRequest } from '../instance/messages.ts';
import { InstanceRefusedError } from './not-ready.ts';

/** The longest answer. */
const MOST_CHARACTERS = 64 * 1024;
const ANSWER_TIMEOUT_MS = 5_000;

/**
 * The channel to one instance. The instance's code may have been taken over, and this process serves all the others: a
 * line that is not a message, is too long, or that nobody is waiting for is a breach, after which nothing more is read.
 * Emits `message` for every other line, and `breach` once.
 */
export class InstanceChannel extends EventEmitter<{ message: [InstanceMessage]; breach: [] }> {
  readonly #stream: Duplex;
  /** The messages that it may still send: that it is ready, and one answer to each request. */
  #owed = 1;
  #requestId = 0;

  constructor(stream: Duplex) {
    super();
    this.#stream = stream;
    // Either side may end while the other writes.
    stream.on('error', () => undefined);
    const lines = stream.pipe(split({ maxLength: MOST_CHARACTERS }));
    lines.on('data', (line: string) => {
      this.#take(line);
    });
    lines.on('error', () => {
      this.#breach();
    });
  }

  /** @throws InstanceRefusedError with the instance's own words when it says no */
  ask(ask: InstanceRequest['ask'], ended?: InstanceRequest['ended']): Promise<unknown> {
    const id = (this.#requestId += 1);
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void): void => {
        clearTimeout(timer);
        this.off('message', onMessage);
        settle();
      };
      const onMessage = (message: InstanceMessage): void => {
        if (message.kind === 'ready' || message.id !== id) return;
        finish(() => {
          if (message.kind === 'reply') resolve(message.value);
          else reject(new InstanceRefusedError(message.message));
        });
      };
      const timer = setTimeout(() => {
        finish(() => {
          reject(new Error('The instance did not answer its supervisor.'));
        });
      }, ANSWER_TIMEOUT_MS);
      this.on('message', onMessage);
      this.#owed += 1;
      this.#stream.write(`${JSON.stringify({ id, ask, ended } satisfies InstanceRequest)}\n`);
    });
  }

  #take(line: string): void {
    const message = parsed(line);
    this.#owed -= 1;
    if (message === undefined || this.#owed < 0) this.#breach();
    else this.emit('message', message);
  }

  #breach(): void {
    if (this.#stream.destroyed) return;
    this.#stream.destroy();
    this.emit('breach');
  }
}

function parsed(line: string): InstanceMessage | undefined {
  try {
    const message: unknown = JSON.parse(line);
    return Value.Check(InstanceMessage, message) ? message : undefined;
  } catch {
    return undefined;
  }
}
