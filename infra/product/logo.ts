import { readFile, stat } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import type { Brand } from '../../workflows/domain/profiles/brand.ts';

/** The file that a brand names, as browsers are given it. */
export interface Logo {
  readonly type: string;
  /** Not a Buffer: a product is type-checked also where the types of Node are not. */
  readonly bytes: Uint8Array;
}

const MOST_KB = 100;
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** What may stand before the element: a declaration, comments, a document type. */
const SVG = /^\uFEFF?\s*(?:<\?xml[^>]*>\s*|<!--[\s\S]*?-->\s*|<!DOCTYPE[^>]*>\s*)*<svg[\s>]/i;

const KINDS: Readonly<Record<string, { readonly type: string; readonly is: (bytes: Buffer) => boolean }>> = {
  '.svg': { type: 'image/svg+xml', is: (bytes) => SVG.test(bytes.toString('utf8')) },
  '.png': { type: 'image/png', is: (bytes) => bytes.subarray(0, PNG.length).equals(PNG) },
};

/**
 * Reads the logo that lies beside this `product.ts`, if the brand has one.
 * @throws Error that says what is wrong with it and what to do
 */
export async function readLogo({ logo }: Brand, productFile: string): Promise<Logo | undefined> {
  if (logo === undefined) return undefined;
  const path = join(dirname(productFile), logo);
  const size = await stat(path).then(
    (found) => (found.isFile() ? found.size : 0),
    () => 0,
  );
  if (size === 0) throw new Error(`brand.logo: there is nothing in ${path}. Put the file there, or leave it out.`);
  if (size > MOST_KB * 1_024)
    throw new Error(`brand.logo: ${path} is larger than ${String(MOST_KB)} KB. Every page loads it: make it smaller.`);
  const bytes = await readFile(path);
  const kind = KINDS[extname(logo)];
  if (kind?.is(bytes) !== true)
    throw new Error(`brand.logo: ${path} is not what its name says. Give an SVG or PNG file its own ending.`);
  return { type: kind.type, bytes };
}
