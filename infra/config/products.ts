import { resolve } from 'node:path';
import { DEFAULT_PRODUCT, shippedProducts } from '../product/shipped.ts';
import { ConfigError, type Settings } from '../settings.ts';
import { isLinkBase } from './forms.ts';
import { PRODUCT_PREFIX } from './table.ts';
import type { Config } from './types.ts';

const IS_PATH = /[/\\]|^[.]/;

/** A name, or a path, which begins with a dot or has a slash. */
function productSource(given: string): string {
  if (IS_PATH.test(given)) return resolve(given);
  if (shippedProducts().includes(given)) return given;
  throw new ConfigError(
    `TENURE_PRODUCT must be ${shippedProducts().join(', ')}, or the path of a folder such as ./my-product.`,
  );
}

const productsOf = (settings: Settings): readonly string[] => {
  const given = settings.list('TENURE_PRODUCT');
  return given.length === 0 ? [DEFAULT_PRODUCT] : given;
};

/** For a process that serves one product. */
export function readProduct(settings: Settings): Config['product'] {
  const [given = '', ...others] = productsOf(settings);
  if (others.length > 0)
    throw new ConfigError(
      'TENURE_PRODUCT must name one product here: each has an API of its own. Workers serve several.',
    );
  return { source: productSource(given), settings: settings.startingWith(PRODUCT_PREFIX) };
}

/** For what starts all processes: one API for each. */
export const readSources = (settings: Settings): readonly Config['product'][] =>
  productsOf(settings).map((given) => ({
    source: productSource(given),
    settings: settings.startingWith(PRODUCT_PREFIX),
  }));

/** For a worker: addresses of pages stand in the order of the products. */
export function readProducts(settings: Settings): Config['products'] {
  const sources = readSources(settings);
  const bases = settings.list('PUBLIC_URL', 'PORTAL_URL');
  if (bases.length > 0 && bases.length !== sources.length)
    throw new ConfigError(
      `PUBLIC_URL must have one address for each product of TENURE_PRODUCT, in the same order: ${String(sources.length)}, with commas between them.`,
    );
  const isExposed = settings.text('NODE_ENV') === 'production';
  return sources.map((source, index) => ({
    ...source,
    publicUrl: linkBaseOf(bases[index], 3100, isExposed),
  }));
}

/**
 * The base of every link to a product's pages.
 * @param exposed requires https
 */
export function linkBaseOf(url: string | undefined, port: number, exposed: boolean): string {
  if (url !== undefined && !isLinkBase(url))
    throw new ConfigError(
      `PUBLIC_URL must be an http or https address without a user, query or fragment, not "${url.replace(/\/\/.*@/, '//…@')}".`,
    );
  if (exposed && url?.startsWith('https:') !== true)
    throw new ConfigError('PUBLIC_URL must be the https address that customers see, outside development.');
  return (url ?? `http://localhost:${String(port)}`).replace(/\/$/, '');
}
