import { readFileSync } from 'node:fs';
import { main } from '@pulumi/pulumi/provider/index.js';
import { GatewayClient } from '../gateway-client.ts';
import type { ProviderSettings } from './install.ts';
import { endWithParent } from '../../plugin.ts';
import { TenureProvider } from './provider.ts';

const [settingsPath = '', ...engineArguments] = process.argv.slice(2);
const { gateway, ...settings } = JSON.parse(readFileSync(settingsPath, 'utf8')) as ProviderSettings;
endWithParent();
await main(
  new TenureProvider({ ...settings, maxTenants: settings.maxTenants, gateway: new GatewayClient(gateway) }),
  engineArguments,
);
