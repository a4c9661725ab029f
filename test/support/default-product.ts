import product from '../../products/tenure/product.ts';
import { addProfile } from '../../workflows/domain/profiles/index.ts';

/** The default product, whose customers are known from the first import on, as in a process that opened it. */
export const tenure = product.profile;
addProfile(tenure);
