import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { acceptanceDocument } from './document.ts';
import { SOURCES } from './items.ts';
import { namedTags, tagsIn } from './named-tags.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const items = SOURCES.flatMap(({ items: of }) => Object.entries(of));
const tested = namedTags(ROOT);

test('every item that is not open is named by a test', () => {
  const unproven = items.filter(([tag, { open }]) => open === undefined && !tested.has(tag)).map(([tag]) => tag);
  expect(unproven).toEqual([]);
});

test('no test names an item that does not exist', () => {
  const known = new Set(items.map(([tag]) => tag));
  expect([...tested].filter(([tag]) => !known.has(tag))).toEqual([]);
});

test('docs/acceptance.md is what npm run acceptance writes', async () => {
  const kept = readFileSync(join(ROOT, 'docs/acceptance.md'), 'utf8');
  expect(kept).toBe(await acceptanceDocument(SOURCES, tested));
});

/** Files that are applied once and never edited, and those generated from them. */
const FROM_MIGRATIONS = ['infra/db/migrations/', 'infra/db/schema.ts'];

test('tags are in the names of tests alone: a comment says what it means', () => {
  const sources = globSync('{workflows,activities,api,infra,workers,products}/**/*.{ts,sql,md}', { cwd: ROOT });
  const own = sources.filter((file) => !FROM_MIGRATIONS.some((path) => file.startsWith(path)));
  expect(own.filter((file) => tagsIn(readFileSync(join(ROOT, file), 'utf8')).length > 0)).toEqual([]);
});
