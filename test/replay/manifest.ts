import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const FIXTURES = fileURLToPath(new URL('.', import.meta.url));
export const MANIFEST = join(FIXTURES, 'manifest.json');

/** SHA-256 of each recorded history, by its path below this folder: histories are never edited, only added. */
export type Manifest = Readonly<Record<string, string>>;

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

export const readManifest = async (): Promise<Manifest> => JSON.parse(await readFile(MANIFEST, 'utf8')) as Manifest;

export const readFixture = (path: string): Promise<string> => readFile(join(FIXTURES, path), 'utf8');

/** `<workflow type>/history.<release>.<case>.json`, all there are. */
export async function listFixtures(): Promise<string[]> {
  const files = await readdir(FIXTURES, { recursive: true });
  return files.filter((file) => /history\.[^/]+\.json$/.test(file)).sort();
}

/** Fixtures that differ from the manifest, or that exist on only one of the two sides. */
export function strayFixtures(manifest: Manifest, texts: Readonly<Record<string, string>>): string[] {
  const paths = new Set([...Object.keys(manifest), ...Object.keys(texts)]);
  return [...paths].filter((path) => {
    const text = texts[path];
    return text === undefined || manifest[path] !== hashOf(text);
  });
}
