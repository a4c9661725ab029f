import { SESClient } from '@aws-sdk/client-ses';
import type { Config } from '../../infra/config.ts';

/** One attempt only: the SDK would repeat a mail whose answer was lost. A call ends within five seconds unless told. */
export function createSesClient(mail: Config['mail'], requestTimeout = 5_000): SESClient {
  return new SESClient({
    region: mail.region,
    maxAttempts: 1,
    requestHandler: { requestTimeout, connectionTimeout: 2_000, throwOnRequestTimeout: true },
    ...(mail.endpoint === undefined ? {} : { endpoint: mail.endpoint }),
  });
}
