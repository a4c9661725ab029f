import { programFile } from '../../program-file.ts';
import type { EngineProduct } from '../engine/protocol.ts';
import { installPlugin } from '../plugin.ts';

/** The Pulumi package of a product's own resources. */
export const PRODUCT_PACKAGE = 'product';

const entry = programFile('main.ts', import.meta.url);

/** The plugin that runs the product's own resources. */
export const installProductPlugin = (folder: string, product: EngineProduct): Promise<void> =>
  installPlugin(folder, { name: PRODUCT_PACKAGE, entry, settings: product });
