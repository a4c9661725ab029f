import { format } from 'prettier';
import type { Item, Source } from './items.ts';

const HEAD = `# Acceptance list

What the five source systems do, item by item, and the tests that prove it. Written by \`npm run acceptance\` from
[the items](../test/acceptance/items.ts) and the names of the tests; do not edit it.

Stripe and SES are always stand-ins on this machine; what rests on them is marked. Temporal, Pulumi and Postgres are
never imitated as servers. The tests of \`e2e\` have all three together; those of \`api\` have Postgres and stand in for
Temporal's client, and those of \`workflows\` have Temporal and Postgres and stand in for Pulumi where they say so. An
item is open as long as a part of it is missing, whatever tests it has.
`;

const fileLink = (file: string): string => `[${file.slice('test/'.length, -'.test.ts'.length)}](../${file})`;

function row(tag: string, { does, open, standIn }: Item, files: readonly string[]): string {
  const state = open === undefined ? 'proven' : `open: ${open}`;
  const marks = files.length > 0 && standIn ? [`stand-in: ${standIn.join(', ')}`] : [];
  return `| ${tag} | ${does} | ${state} | ${[...files.map(fileLink), ...marks].join('<br>')} |`;
}

/** The list as Markdown, as it is kept. */
export function acceptanceDocument(
  sources: readonly Source[],
  tested: ReadonlyMap<string, readonly string[]>,
): Promise<string> {
  const parts = sources.map(({ name, items }) => {
    const rows = Object.entries(items).map(([tag, item]) => row(tag, item, tested.get(tag) ?? []));
    return [`## ${name}`, '', '| Tag | What | State | Tests |', '| --- | --- | --- | --- |', ...rows, ''].join('\n');
  });
  const all = sources.flatMap(({ items }) => Object.entries(items));
  const open = all.filter(([, item]) => item.open !== undefined).map(([tag]) => tag);
  const sum = `${String(all.length - open.length)} of ${String(all.length)} items are proven. Open: ${open.join(', ')}.\n`;
  return format([HEAD, sum, ...parts].join('\n'), { parser: 'markdown' });
}
