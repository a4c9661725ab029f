import type { Client } from '@temporalio/client';
import { postgresProbe, temporalProbe } from '../../infra/readiness.ts';
import { readHealth } from '../../infra/config/sections.ts';
import { Settings } from '../../infra/settings.ts';
import { openDatabase } from '../../infra/db/database.ts';
import { lazyTemporal } from '../../infra/temporal/client.ts';
import { serveHealth } from '../../workers/health.ts';
import { startPlatform, type TestPlatform } from '../support/embedded.ts';

let platform: TestPlatform;
let client: Client;
beforeAll(async () => {
  platform = await startPlatform();
  client = lazyTemporal({
    ...{ address: platform.temporal.address, namespace: 'default' },
    tls: false,
    apiKey: undefined,
  });
});
afterAll(async () => {
  await client.connection.close();
  await platform.stop();
});

test('nobody elsewhere asks a worker unless that is set', () => {
  expect(readHealth(new Settings('lifecycle-worker', {})).host).toBe('127.0.0.1');
  expect(readHealth(new Settings('lifecycle-worker', { WORKER_HEALTH_HOST: '0.0.0.0' })).host).toBe('0.0.0.0');
});

test('a worker says how it is, and why it is not ready', async () => {
  const database = openDatabase(platform.database.url, { max: 1 });
  let state: 'RUNNING' | 'FAILED' = 'RUNNING';
  const probes = { postgres: postgresProbe(database), temporal: temporalProbe(client, 'default') };
  const open = await serveHealth({ host: '127.0.0.1', port: 0 }, { getState: () => state }, probes);
  const ask = async (path: string) => {
    const reply = await fetch(`http://127.0.0.1:${String(open.port)}${path}`);
    return { status: reply.status, body: await reply.json() };
  };
  expect(await ask('/readyz')).toMatchObject({ status: 200, body: { ready: true } });
  expect(await ask('/healthz')).toEqual({ status: 200, body: { status: 'RUNNING' } });
  state = 'FAILED';
  expect(await ask('/healthz')).toMatchObject({ status: 503 });
  open.close();

  const elsewhere = { ...probes, temporal: temporalProbe(client, 'mistyped') };
  const lost = await serveHealth({ host: '127.0.0.1', port: 0 }, { getState: () => 'DRAINING' }, elsewhere);
  const reply = await fetch(`http://127.0.0.1:${String(lost.port)}/readyz`);
  expect(reply.status).toBe(503);
  expect(await reply.json()).toEqual({
    ready: false,
    missing: ['worker', 'temporal'],
    parts: { worker: 'is DRAINING', postgres: 'ok', temporal: 'has no namespace mistyped' },
  });
  lost.close();
  await database.destroy();
});
