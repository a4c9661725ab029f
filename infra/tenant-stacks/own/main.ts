import { readFileSync } from 'node:fs';
import { main } from '@pulumi/pulumi/provider/index.js';
import { openProduct } from '../../product/open-product.ts';
import type { EngineProduct } from '../engine/protocol.ts';
import { endWithParent } from '../plugin.ts';
import { ProductProvider } from './provider.ts';

const [settingsPath = '', ...engineArguments] = process.argv.slice(2);
const { source, settings } = JSON.parse(readFileSync(settingsPath, 'utf8')) as EngineProduct;
endWithParent();
const { stack } = await openProduct({ source });
await main(new ProductProvider(stack, settings), engineArguments);
