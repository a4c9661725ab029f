import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { openPool, type Pool } from '../../activities/identities/index.ts';

/** Answers as Cognito's API does to the one call that is made; the client is the real one. */
export class UserPool {
  readonly id = 'us-east-1_a1B2c3D4e';
  readonly users = new Set<string>();
  readonly asked: string[] = [];
  /** Errors of the next calls, in order. */
  faults: string[] = [];
  pool!: Pool;
  private server!: Server;

  static async start(): Promise<UserPool> {
    const made = new UserPool();
    made.server = createServer((request, response) => {
      void text(request).then((body) => {
        const { UserPoolId: id, Username: name } = JSON.parse(body) as { UserPoolId: string; Username: string };
        made.asked.push(`${String(request.headers['x-amz-target'])} ${name}`);
        const error = made.faults.shift() ?? made.deletion(id, name);
        response.writeHead(error === undefined ? 200 : 400, { 'content-type': 'application/x-amz-json-1.1' });
        response.end(JSON.stringify(error === undefined ? {} : { __type: error, message: `about ${name}` }));
      });
    });
    made.server.listen(0, '127.0.0.1');
    await once(made.server, 'listening');
    const { port } = made.server.address() as AddressInfo;
    made.pool = openPool({ id: made.id, region: 'us-east-1' }, `http://127.0.0.1:${String(port)}`);
    made.pool.client.config.credentials = () => Promise.resolve({ accessKeyId: 'test', secretAccessKey: 'test' });
    return made;
  }

  private deletion(id: string, name: string): string | undefined {
    if (id !== this.id) return 'ResourceNotFoundException';
    return this.users.delete(name) ? undefined : 'UserNotFoundException';
  }

  async stop(): Promise<void> {
    this.pool.client.destroy();
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }
}
