import { readFileSync } from 'node:fs';
import { main } from '@pulumi/pulumi/provider/index.js';
import { GatewayClient } from '../gateway-client.ts';
import type { ProviderSettings } from './install.ts';
import { TenureProvider } from './provider.ts';

const PARENT_CHECK_MS = 200;

/** The engine cannot end us when it is killed itself, and a provider that goes on alone would be a second writer. */
function endWithParent(): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(1);
  }, PARENT_CHECK_MS).unref();
}

const [settingsPath = '', ...engineArguments] = process.argv.slice(2);
const { gateway, ...settings } = JSON.parse(readFileSync(settingsPath, 'utf8')) as ProviderSettings;
endWithParent();
await main(
  new TenureProvider({ ...settings, maxTenants: settings.maxTenants, gateway: new GatewayClient(gateway) }),
  engineArguments,
);
