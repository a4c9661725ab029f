import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { GatewaySettings } from '../gateway-client.ts';

/** Written by the runner, readable by us only, deleted after the operation. */
export interface ProviderSettings {
  readonly adminUrl: string;
  readonly home: string;
  readonly gateway: GatewaySettings;
  readonly maxTenants?: number | undefined;
}

const entry = fileURLToPath(new URL('main.ts', import.meta.url));
const quote = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/**
 * Puts the executable by which Pulumi finds our provider into `folder`, which belongs on the PATH of the engine.
 * The settings hold credentials, so they lie in a file of their own and are in no argument and no environment.
 */
export async function installProvider(folder: string, settings: ProviderSettings): Promise<void> {
  const settingsPath = join(folder, 'provider.json');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(settingsPath, JSON.stringify(settings), { mode: 0o600 });
  const command = [process.execPath, '--disable-warning=ExperimentalWarning', entry, settingsPath].map(quote).join(' ');
  await writeFile(join(folder, 'pulumi-resource-tenure'), `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o700 });
}
