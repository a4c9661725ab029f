import { openProduct } from '../../infra/product/open-product.ts';
import { DEFAULT_PRODUCT } from '../../infra/product/shipped.ts';

/** The default product, opened as in every process: its customers are known from the first import on. */
export const { profile: tenure } = await openProduct({ source: DEFAULT_PRODUCT });
