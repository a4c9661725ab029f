import { isGrpcServiceError } from '@temporalio/client';
import { ConfigError } from '../settings.ts';
import type { TemporalSettings } from './client.ts';
import { howTo } from '../program-file.ts';

/** Codes of gRPC. */
export const INVALID = 3;
export const NOT_FOUND = 5;

export const failedWith = (error: unknown, ...codes: readonly number[]): boolean =>
  isGrpcServiceError(error) && codes.includes(error.code);

export const noServer = ({ address }: TemporalSettings, { message }: Error): ConfigError =>
  new ConfigError(
    `Temporal cannot be reached at ${address}: ${message}. Check that it is running, and that TEMPORAL_ADDRESS and the TEMPORAL_TLS settings match it.`,
  );

export const noNamespace = ({ namespace, address }: TemporalSettings): ConfigError =>
  new ConfigError(
    `TEMPORAL_NAMESPACE ${namespace} does not exist at ${address}: correct it, or create it with ` +
      `"${howTo('migrate', '--create-namespace')}".`,
  );
