import { copyFile, mkdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { findEngine } from '../../infra/local-platform/engines/find.ts';

// Started by a test, which kills it in the middle: half the binary is there and the installation never ends.
const [cache = '', binary = ''] = process.argv.slice(2);
await findEngine('temporal', {
  config: { cache, paths: { temporal: undefined, pulumi: undefined }, behindProxy: false, searchPath: '' },
  ways: [
    {
      label: () => 'a way that is interrupted',
      install: async ({ name }, root) => {
        const half = join(root, 'bin', name);
        await mkdir(join(root, 'bin'), { recursive: true });
        await copyFile(binary, half);
        await truncate(half, 1_000_000);
        process.send?.('half done');
        await new Promise((resolve) => setTimeout(resolve, 600_000));
      },
    },
  ],
});
