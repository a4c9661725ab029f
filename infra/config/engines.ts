import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Settings } from '../settings.ts';

/** The folder of what can be made again: engines, compiled code, the workflows' bundle. */
export const readCache = (settings: Settings): string =>
  resolve(settings.text('TENURE_CACHE') ?? join(homedir(), '.cache', 'tenure'));

/** Where the engines come from; read before anything else is configured. */
export interface EngineConfig {
  /** Engines are kept in its `engines` folder (`TENURE_CACHE`). */
  readonly cache: string;
  readonly paths: { readonly temporal: string | undefined; readonly pulumi: string | undefined };
  /** With a proxy, connecting to the download host directly would prove nothing. */
  readonly behindProxy: boolean;
  /** `PATH`. */
  readonly searchPath: string;
}

export const readEngines = (settings: Settings): EngineConfig => ({
  cache: readCache(settings),
  paths: { temporal: settings.text('TEMPORAL_CLI_PATH'), pulumi: settings.text('PULUMI_CLI_PATH') },
  behindProxy: settings.text('HTTPS_PROXY', 'https_proxy', 'ALL_PROXY') !== undefined,
  searchPath: settings.text('PATH') ?? '',
});
