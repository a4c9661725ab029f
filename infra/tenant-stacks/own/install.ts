import { programFile } from '../../program-file.ts';
import type { ProductOfOrder } from '../engine/protocol.ts';
import { installPlugin } from '../plugin.ts';

const entry = programFile('main.ts', import.meta.url);

/** The plugin that carries out what the product's own resources do. */
export const installProductPlugin = (folder: string, product: ProductOfOrder): Promise<void> =>
  installPlugin(folder, { name: 'product', entry, settings: product });
