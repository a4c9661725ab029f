import { programFile } from '../../../program-file.ts';
import { installPlugin } from '../../plugin.ts';
import type { GatewaySettings } from '../gateway-client.ts';

/** Written by the runner, readable by us only, deleted after the operation. */
export interface ProviderSettings {
  readonly adminUrl: string;
  readonly home: string;
  readonly gateway: GatewaySettings;
  readonly maxTenants?: number | undefined;
}

const entry = programFile('main.ts', import.meta.url);

export const installProvider = (folder: string, settings: ProviderSettings): Promise<void> =>
  installPlugin(folder, { name: 'tenure', entry, settings });
