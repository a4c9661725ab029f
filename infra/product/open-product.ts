import { existsSync, statSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { isAbsolute, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { addProfile } from '../../workflows/domain/profiles/index.ts';
import type { Config, ServedProduct } from '../config/types.ts';
import { programFile } from '../program-file.ts';
import { ConfigError } from '../settings.ts';
import { isProduct, type Product } from './define-product.ts';
import type { LinkBases } from './link-base.ts';
import { readLogo } from './logo.ts';
import { requireTarget } from './require-target.ts';
import { SHIPPED } from './shipped.ts';

const FILES = ['product.ts', 'product.js', 'product.mjs'];
const SURFACE = 'tenure/product';
const SURFACE_URL = pathToFileURL(programFile('index.ts', import.meta.url)).href;

/** Whether that name means these modules here already, as under a tool that has a map of its own. */
function isServed(): boolean {
  try {
    return import.meta.resolve(SURFACE) === SURFACE_URL;
  } catch {
    return false;
  }
}

/** A product finds us without having us installed, and has the same modules as we have. */
function serveSurface(): void {
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === SURFACE ? { url: SURFACE_URL, shortCircuit: true } : next(specifier, context),
  });
}

/** @throws ConfigError when there is none */
function fileOf(path: string): string {
  const files = [path, ...FILES.map((name) => join(path, name))];
  const file = files.find((each) => existsSync(each) && statSync(each).isFile());
  if (file === undefined)
    throw new ConfigError(
      `TENURE_PRODUCT: there is no ${FILES.join(' or ')} in ${path}. Give the folder it is in, or the file.`,
    );
  return file;
}

/** Where in the product it went wrong, as far as the error says. */
function placeOf({ stack = '' }: Error, file: string): string {
  const [, after = ''] = stack.split(file, 2);
  const [line = ''] = /^:\d+/.exec(after) ?? [];
  return `${file}${line}`;
}

async function withLogo(product: Product, file: string): Promise<Product> {
  try {
    const logo = await readLogo(product.profile.brand, file);
    return { ...product, ...(logo && { logo }) };
  } catch (cause) {
    throw new ConfigError(`TENURE_PRODUCT: ${file}: ${(cause as Error).message}`, { cause });
  }
}

const LOADS_WITHIN_MS = 10_000;

/** A module that awaits what never comes would be waited for without a word. */
async function inTime<Module>(loading: Promise<Module>): Promise<Module> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(
      new Error(
        `it did not finish loading within ${String(LOADS_WITHIN_MS / 1000)} s. Look for an await that never ends.`,
      ),
    );
  }, LOADS_WITHIN_MS);
  return Promise.race([loading, late]).finally(() => {
    clearTimeout(timer);
  });
}

async function load(file: string): Promise<Product> {
  let module: { readonly default?: unknown };
  try {
    module = await inTime(import(pathToFileURL(file).href) as Promise<typeof module>);
  } catch (cause) {
    const error = cause instanceof Error ? cause : new Error(`it threw what is not an Error: ${inspect(cause)}`);
    throw new ConfigError(`TENURE_PRODUCT: ${placeOf(error, file)}: ${error.message}`, { cause });
  }
  if (!isProduct(module.default))
    throw new ConfigError(`TENURE_PRODUCT: ${file} must end with: export default defineProduct({ … }).`);
  return withLogo(module.default, file);
}

const loaded = new Map<string, Promise<Product>>();

/**
 * The product that Tenure runs for, whose customers are known in this process from then on.
 * @throws ConfigError that says where and what is wrong
 */
export async function openProduct({ source }: Pick<Config['product'], 'source'>): Promise<Product> {
  const known = loaded.get(source) ?? open(source);
  loaded.set(source, known);
  return known;
}

export interface OpenedProduct extends ServedProduct {
  readonly product: Product;
}

/**
 * The products that a worker serves.
 * @throws ConfigError as {@link openProduct} does, and when two have one name
 */
export async function openProducts(
  given: readonly ServedProduct[],
): Promise<readonly [OpenedProduct, ...OpenedProduct[]]> {
  const opened: OpenedProduct[] = [];
  for (const served of given) {
    const product = await openProduct(served);
    const { name } = product.profile;
    if (opened.some((other) => other.product.profile.name === name))
      throw new ConfigError(`TENURE_PRODUCT: two products have the name "${name}". Rename one, or leave one out.`);
    opened.push({ ...served, product });
  }
  const [first, ...others] = opened;
  if (first === undefined) throw new ConfigError('TENURE_PRODUCT names no product.');
  return [first, ...others];
}

/** Where the pages of each are. */
export const linkBases = ([first, ...others]: readonly [OpenedProduct, ...OpenedProduct[]]): LinkBases => ({
  publicUrl: first.publicUrl,
  publicUrls: Object.fromEntries(others.map(({ product, publicUrl }) => [product.profile.name, publicUrl])),
});

/** What each has, in one: their names are told apart by that of the product. */
export const ofEach = <Value>(
  served: readonly OpenedProduct[],
  pick: (one: OpenedProduct) => Readonly<Record<string, Value>>,
): Readonly<Record<string, Value>> => Object.fromEntries(served.flatMap((one) => Object.entries(pick(one))));

/** @throws ConfigError when there is none */
export const productFile = (source: string): string => fileOf(isAbsolute(source) ? source : join(SHIPPED, source));

async function open(name: string): Promise<Product> {
  const isOutside = isAbsolute(name);
  if (isOutside || !isServed()) serveSurface();
  const product = await load(productFile(name));
  const { profile } = product;
  await requireTarget(profile.target, `TENURE_PRODUCT: ${name}`);
  addProfile(profile);
  return product;
}
