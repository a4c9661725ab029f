import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /** Resets every connection, as the death of the process behind it does. */
  cut(): void;
  /** Nothing arrives any more in either direction, and neither side notices: a half-open connection. */
  freeze(): void;
  /** Serves connections made from now on; frozen ones stay frozen. */
  thaw(): void;
  /** Refuses new connections (`false`: accepts them) until the next call. */
  refuse(refusing: boolean): Promise<void>;
  close(): Promise<void>;
}

/** Stands between a client and its server, and fails in the ways a network fails. */
export async function startTcpProxy(to: { readonly host: string; readonly port: number }): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let frozen = false;
  const server = createServer((near) => {
    const far = connect(to);
    const pair = [near, far] as const;
    pairs.add(pair);
    for (const [from, into] of [pair, [far, near] as const]) {
      from.on('data', (chunk) => {
        if (!silent.has(pair) && !frozen) into.write(chunk);
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        pairs.delete(pair);
        if (!silent.has(pair)) into.destroy();
      });
    }
  });
  const silent = new Set<readonly [Socket, Socket]>();
  const listen = async (port: number): Promise<number> => {
    await once(server.listen(port, '127.0.0.1'), 'listening');
    return (server.address() as AddressInfo).port;
  };
  const cut = (): void => {
    for (const [near, far] of pairs) {
      near.resetAndDestroy();
      far.destroy();
    }
  };
  const port = await listen(0);
  return {
    port,
    cut,
    freeze: () => {
      frozen = true;
      for (const pair of pairs) silent.add(pair);
    },
    thaw: () => {
      frozen = false;
    },
    refuse: async (refusing) => {
      if (!refusing) await listen(port);
      else if (server.listening) server.close();
    },
    close: async () => {
      cut();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
  };
}
