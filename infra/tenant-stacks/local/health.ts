import { request } from 'node:http';
import { json } from 'node:stream/consumers';
import type { Config } from '../../config.ts';
import { StackFailure } from '../errors.ts';
import type { TenantSpec } from '../spec.ts';
import { folderOf, readCredentials } from './folder.ts';

interface Health {
  readonly status: string;
  readonly company: string;
  readonly plan: string;
  readonly region: string;
  readonly mode: string;
  readonly database: string;
}

const TIMEOUT_MS = 5_000;

interface HealthCall {
  readonly gateway: URL;
  readonly host: string;
  /** An instance tells how it stands only to those who have its key. */
  readonly key: string;
}

/** Dials the gateway itself with the instance's Host header: Node's resolver does not know `*.localhost`. */
async function readHealth({ gateway, host, key }: HealthCall): Promise<{ status: number; health: Health | undefined }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = gateway;
    const headers = { host, authorization: `Bearer ${key}` };
    const options = { host: hostname, port, path: '/api/health', headers, timeout: TIMEOUT_MS };
    const outgoing = request(options, (response) => {
      json(response).then(
        (health) => {
          resolve({ status: response.statusCode ?? 0, health: health as Health });
        },
        () => {
          resolve({ status: response.statusCode ?? 0, health: undefined });
        },
      );
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('timed out')));
    outgoing.on('error', reject);
    outgoing.end();
  });
}

/** Which of the things it was told does the instance not show? Names only: the values are personal. */
function differences(health: Health, spec: TenantSpec): string[] {
  const { companyName: company, plan, region, mode } = spec;
  const expected = { status: 'ok', company, plan, region, mode, database: 'ok' };
  return Object.entries(expected).flatMap(([key, value]) => (health[key as keyof Health] === value ? [] : [key]));
}

/**
 * What keeps the instance from being this customer's, well and as it should be; undefined when nothing does.
 * @throws StackFailure `GatewayUnavailable`: a gateway that is away says nothing about the instance
 */
export async function localHealth(tenants: Config['tenants'], spec: TenantSpec): Promise<string | undefined> {
  // The proxy stands beside the control API it is told through.
  const gateway = new URL(tenants.gatewayControlUrl);
  gateway.port = String(tenants.gatewayPort);
  const credentials = await readCredentials(folderOf(tenants.home, spec.namespace)).catch(() => undefined);
  if (credentials === undefined) return 'The instance has no credentials to be asked with.';
  const call = { gateway, host: spec.host, key: credentials.deviceApiKey };
  const { status, health } = await readHealth(call).catch((cause: unknown) => {
    throw new StackFailure('GatewayUnavailable', undefined, { cause });
  });
  if (health === undefined) return `The instance answered ${String(status)}.`;
  const wrong = differences(health, spec);
  return wrong.length > 0 ? `The instance is not as it should be: ${wrong.join(', ')}.` : undefined;
}
