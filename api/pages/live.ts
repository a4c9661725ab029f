import type { ServerResponse } from 'node:http';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fastifySSE } from '@fastify/sse';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../http/app-type.ts';
import type { AppDeps } from '../http/deps.ts';
import { tooMany } from '../http/errors.ts';
import { isStillIn } from '../http/plugins/access.ts';

/** What a listener sees now, and how long until the next poll, in milliseconds. */
export interface Poll {
  /** Undefined when nothing has changed since the last poll. */
  readonly markup: string | undefined;
  readonly pauseMs: number;
}

/**
 * Sends what `poll` returns, once at the start and then whenever it changes, until nobody listens or the listener would
 * no longer be let in.
 * @throws ApiError 429 when the caller has many streams open already
 */
export type Stream = (request: FastifyRequest, reply: FastifyReply, look: () => Promise<Poll>) => Promise<void>;

/** For the routes of streams. HEAD would start a stream that is never read. */
export const STREAM = { sse: 'only', exposeHeadRoute: false } as const;

/** How soon a stream ends after its session. */
const CHECK_MS = 3_000;

async function* changes(poll: () => Promise<Poll>, isStillIn: () => Promise<boolean>, signal: AbortSignal) {
  let shown = '';
  let checkAt = Date.now() + CHECK_MS;
  while (!signal.aborted) {
    if (Date.now() >= checkAt) {
      if (!(await isStillIn())) return;
      checkAt = Date.now() + CHECK_MS;
    }
    const { markup, pauseMs } = await poll();
    const line = markup?.replace(/\s*\n\s*/g, ' ');
    if (line !== undefined && line !== shown) {
      shown = line;
      yield { data: line };
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}

/** A stream ends after this time, and a browser that still listens reconnects. */
const LIFE_MS = 10 * 60_000;
/** Streams of one caller in one process, across all sessions: more than anybody has tabs. */
const MOST_STREAMS = 12;

function nameOf({ caller }: FastifyRequest): string {
  if (caller?.kind === 'customer') return caller.customerId;
  return caller?.kind === 'staff' ? caller.actor : '';
}

/** Server-sent events for the routes of this scope that are a `STREAM`. */
export async function liveStreams(app: App, deps: AppDeps): Promise<Stream> {
  await app.register(fastifySSE, { serializer: String, heartbeatInterval: 15_000 });
  const closing = new AbortController();
  const open = new Map<Promise<void>, string>();
  const watch = (response: ServerResponse, caller: string): void => {
    const ended: Promise<void> = finished(response)
      .catch(() => undefined)
      .finally(() => open.delete(ended));
    open.set(ended, caller);
  };
  const refuseMany = (caller: string): void => {
    const many = [...open.values()].filter((other) => other === caller).length >= MOST_STREAMS;
    if (many) throw tooMany('live pages at the same time', LIFE_MS / 1_000);
  };
  // The server closes idle connections once, when it starts to close: a stream that ended only after that would keep it
  // waiting for the keep-alive time.
  app.addHook('preClose', async () => {
    closing.abort();
    await Promise.all(open.keys());
  });
  return async (request, reply, poll) => {
    const caller = nameOf(request);
    refuseMany(caller);
    watch(reply.raw, caller);
    const left = new AbortController();
    reply.sse.onClose(() => {
      left.abort();
    });
    const signal = AbortSignal.any([left.signal, closing.signal, AbortSignal.timeout(LIFE_MS)]);
    await reply.sse.send(changes(poll, () => isStillIn(deps, request), signal));
  };
}
