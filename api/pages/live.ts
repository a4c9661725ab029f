import type { ServerResponse } from 'node:http';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fastifySSE } from '@fastify/sse';
import type { FastifyReply } from 'fastify';
import type { App } from '../app-type.ts';

/** What somebody who listens sees now, and how long until the next look, in milliseconds. */
export interface Look {
  /** Undefined when nothing has changed since the look before. */
  readonly markup: string | undefined;
  readonly pauseMs: number;
}

/** Sends what `look` shows, once at the start and then whenever it reads differently, until nobody listens. */
export type Stream = (reply: FastifyReply, look: () => Promise<Look>) => Promise<void>;

async function* changes(look: () => Promise<Look>, signal: AbortSignal) {
  let shown = '';
  while (!signal.aborted) {
    const { markup, pauseMs } = await look();
    const line = markup?.replace(/\s*\n\s*/g, ' ');
    if (line !== undefined && line !== shown) {
      shown = line;
      yield { data: line };
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}

/** A stream ends after that long, and whoever still listens asks again: somebody signed out does not get in then. */
const LIFE_MS = 10 * 60_000;

/** Server-sent events for the routes of this scope that ask for them by `sse: 'only'`. */
export async function liveStreams(app: App): Promise<Stream> {
  await app.register(fastifySSE, { serializer: String, heartbeatInterval: 15_000 });
  const closing = new AbortController();
  const open = new Set<Promise<void>>();
  const watch = (response: ServerResponse): void => {
    const ended: Promise<void> = finished(response)
      .catch(() => undefined)
      .finally(() => open.delete(ended));
    open.add(ended);
  };
  // The server closes idle connections once, when it starts to close: a stream that ended only after that would keep it
  // waiting for the keep-alive time.
  app.addHook('preClose', async () => {
    closing.abort();
    await Promise.all(open);
  });
  return async (reply, look) => {
    watch(reply.raw);
    const left = new AbortController();
    reply.sse.onClose(() => {
      left.abort();
    });
    await reply.sse.send(changes(look, AbortSignal.any([left.signal, closing.signal, AbortSignal.timeout(LIFE_MS)])));
  };
}
