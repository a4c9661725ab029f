import type { TargetName } from './index.ts';
import { localInventory } from './local/inventory.ts';
import type { ProviderSettings } from './local/provider/main.ts';

/** Says for each kind of thing a tenant consists of whether it exists. */
type Inventory = (settings: ProviderSettings, customerId: string) => Promise<Record<string, boolean>>;

/** Apart from the programs, so that who only looks does not load the engine. */
export const INVENTORIES = { local: localInventory } as const satisfies Record<TargetName, Inventory>;
