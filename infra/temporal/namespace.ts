import { ConfigError } from '../settings.ts';
import type { TemporalSettings } from './client.ts';

/** gRPC's code. */
export const NOT_FOUND = 5;

export const noNamespace = ({ namespace, address }: TemporalSettings): ConfigError =>
  new ConfigError(
    `TEMPORAL_NAMESPACE ${namespace} does not exist at ${address}: correct it, or create it with ` +
      '"npm run migrate -- --create-namespace".',
  );
