import { SESClient } from '@aws-sdk/client-ses';
import type { Config } from '../../infra/config.ts';

/**
 * One attempt only: the SDK would repeat a mail whose answer was lost. A call ends within five seconds unless
 * configured otherwise. Each has a connection of its own: one kept open may be closed from the other side at the
 * instant it is used, and nobody would know whether that mail was taken.
 */
export function createSesClient(mail: Config['mail'], requestTimeout = 5_000): SESClient {
  return new SESClient({
    region: mail.region,
    maxAttempts: 1,
    requestHandler: {
      ...{ requestTimeout, connectionTimeout: 2_000, throwOnRequestTimeout: true },
      ...{ httpAgent: { keepAlive: false }, httpsAgent: { keepAlive: false } },
    },
    ...(mail.endpoint === undefined ? {} : { endpoint: mail.endpoint }),
  });
}
