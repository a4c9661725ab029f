import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

export const tagsIn = (text: string): readonly string[] => text.match(/\bS[0-4]-\d+\b/g) ?? [];

/** Names of tests and groups: the first argument of any call, since suites have wrappers of their own around `test`. */
function namesIn(node: ts.Node): readonly string[] {
  const [name] = ts.isCallExpression(node) ? node.arguments : [];
  const names = name !== undefined && ts.isStringLiteralLike(name) ? [name.text] : [];
  ts.forEachChild(node, (child) => {
    names.push(...namesIn(child));
  });
  return names;
}

/** The files of the tests that name each tag, from the root of the project. */
export function namedTags(root: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>();
  for (const file of globSync('test/**/*.test.ts', { cwd: root }).sort()) {
    const text = readFileSync(join(root, file), 'utf8');
    if (tagsIn(text).length === 0) continue;
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
    for (const tag of namesIn(source).flatMap(tagsIn)) found.set(tag, (found.get(tag) ?? new Set()).add(file));
  }
  return new Map([...found].map(([tag, files]) => [tag, [...files]]));
}
