import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folders of the products that come with Tenure, which are like any other. */
export const SHIPPED = fileURLToPath(new URL('../../products', import.meta.url));

export const DEFAULT_PRODUCT = 'tenure';

/** Products that come with Tenure, by the names of their folders. */
export const shippedProducts = (): readonly string[] => readdirSync(SHIPPED).sort();

/** What somebody gives with `--product`: the name of one that comes with Tenure, or else the path of their own. */
export const productOf = (option: string): string => (shippedProducts().includes(option) ? option : resolve(option));
