import { programFile } from '../../program-file.ts';
import type { EngineProduct } from '../engine/protocol.ts';
import { installPlugin } from '../plugin.ts';

/** Pulumi's package of what a product has of its own in a stack. */
export const PRODUCT_PACKAGE = 'product';

const entry = programFile('main.ts', import.meta.url);

/** The plugin that carries out what the product's own resources do. */
export const installProductPlugin = (folder: string, product: EngineProduct): Promise<void> =>
  installPlugin(folder, { name: PRODUCT_PACKAGE, entry, settings: product });
