import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const inDocs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.md'))
  .map((path) => join('docs', path));
const pages = ['README.md', 'CHANGELOG.md', 'SECURITY.md', ...inDocs];

const withoutCode = (markdown: string): string => markdown.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '');

/** Targets of the links in running text; examples in code are not links. */
const linksOf = (markdown: string): string[] =>
  [...withoutCode(markdown).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target ?? '');

/** The anchor that GitHub gives a heading. */
const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const anchorsOf = (markdown: string): string[] =>
  [...markdown.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) =>
    anchorOf(heading ?? ''),
  );

const isOutside = (target: string): boolean => /^[a-z]+:/i.test(target);

function brokenLinks(page: string): string[] {
  const markdown = read(page);
  return linksOf(markdown).filter((target) => {
    if (isOutside(target)) return false;
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? page : relative(root, resolve(root, dirname(page), path));
    if (file.startsWith('..') || !existsSync(join(root, file))) return true;
    return anchor !== undefined && file.endsWith('.md') && !anchorsOf(read(file)).includes(anchor);
  });
}

/** Every name that the pattern finds, once and sorted. */
const found = (text: string, pattern: RegExp): string[] =>
  [...new Set([...text.matchAll(pattern)].map(([, name]) => name ?? ''))].sort();

describe('the documentation', () => {
  it.each(pages)('%s has no broken link', (page) => {
    expect(brokenLinks(page)).toEqual([]);
  });

  it('shows the product that the tests sell', () => {
    expect(read('docs/your-own-product.md')).toContain(`\`\`\`ts\n${read('test/e2e/support/acme/product.ts')}\`\`\``);
  });

  it('has links to check', () => {
    expect(linksOf(read('docs/architecture.md')).length).toBeGreaterThan(20);
  });

  it('names only npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = pages.flatMap((page) =>
      found(read(page), /npm (?:run (?:-s |--silent )?([a-z][\w:-]*)|(?:start|test)\b)/g),
    );
    expect(named.filter((name) => name !== '' && !(name in scripts))).toEqual([]);
    expect(named).toContain('demo');
    for (const name of ['start', 'test']) expect(scripts).toHaveProperty(name);
  });

  it('lists every setting that is read', () => {
    const settings = found(read('infra/config/table.ts'), /^ {2}([A-Z][A-Z0-9_]*):/gm);
    const listed = found(read('README.md'), /`([A-Z][A-Z0-9_]*)`/g);
    // Settings that we read, but need not explain.
    const everybodys = ['PATH', 'HTTPS_PROXY', 'ALL_PROXY', 'AWS_'];
    expect(settings.length).toBeGreaterThan(30);
    expect(settings.filter((name) => !listed.includes(name) && !everybodys.includes(name))).toEqual([]);
  });

  it('explains every failure that has a diagnosis, in its own words', () => {
    const table = read('docs/runbooks/failed-onboarding.md').replace(/\s+/g, ' ');
    const diagnoses = found(read('workflows/domain/diagnoses.ts'), /^ {2}(\w+): \{$/gm);
    const causes = found(read('workflows/domain/diagnoses.ts'), /^ {4}cause: ['"](.+)['"],$/gm);
    expect(diagnoses).toContain('InvalidSpec');
    expect(diagnoses.filter((type) => !table.includes(`\`${type}\``))).toEqual([]);
    expect(causes.filter((cause) => !table.includes(cause))).toEqual([]);
  });

  it('describes every decision in the same four parts', () => {
    const decisions = pages.filter((page) => /^docs\/decisions\/\d{4}-/.test(page));
    expect(decisions.length).toBeGreaterThan(8);
    for (const page of decisions) {
      const headings = [...read(page).matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
      expect({ page, headings }).toEqual({
        page,
        headings: ['Context', 'Decision', 'Consequences', 'Alternatives'],
      });
    }
  });

  it('names no path of anybody’s machine', () => {
    const paths = pages.flatMap((page) => found(read(page), /((?:^|[\s`"'(])\/(?:root|home|work|tmp|Users)\/\S*)/gm));
    expect(paths).toEqual([]);
  });
});
