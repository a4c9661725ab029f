import { openProduct } from '../../infra/product/open-product.ts';
import { DEFAULT_PRODUCT } from '../../infra/product/shipped.ts';
import { addProfile } from '../../workflows/domain/profiles/index.ts';

/** jest finds `tenure/product` by its own map; a process of a test's own opens the product as every other process does. */
const { profile } =
  'jest' in import.meta
    ? (await import('../../products/tenure/product.ts')).default
    : await openProduct({ source: DEFAULT_PRODUCT });

/** The default product, whose customers are known from the first import on. */
export const tenure = profile;
addProfile(tenure);
