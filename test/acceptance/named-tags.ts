import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const TAG = /\bS[0-4]-\d+\b/g;
/** Of tests and groups: the first argument of a call, since suites have wrappers of their own around `test`. */
function* namesIn(node: ts.Node): Generator<string> {
  if (ts.isCallExpression(node)) {
    const [name] = node.arguments;
    if (name !== undefined && ts.isStringLiteralLike(name)) yield name.text;
  }
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => void children.push(child));
  for (const child of children) yield* namesIn(child);
}

/** Which tests name each tag: their files, from the root of the project. */
export function namedTags(root: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>();
  for (const file of globSync('test/**/*.test.ts', { cwd: root }).sort()) {
    const text = readFileSync(join(root, file), 'utf8');
    if (text.search(TAG) < 0) continue;
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
    for (const tag of [...namesIn(source)].flatMap((name) => name.match(TAG) ?? []))
      found.set(tag, (found.get(tag) ?? new Set()).add(file));
  }
  return new Map([...found].map(([tag, files]) => [tag, [...files]]));
}
