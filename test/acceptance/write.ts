import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { acceptanceDocument } from './document.ts';
import { SOURCES } from './items.ts';
import { namedTags } from './named-tags.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const text = await acceptanceDocument(SOURCES, namedTags(ROOT));
writeFileSync(new URL('../../docs/acceptance.md', import.meta.url), text);
