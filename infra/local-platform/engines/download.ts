import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { ENGINES, type Engine } from './engines.ts';

/** The SDKs are loaded only here: they are heavy, and a cached engine needs neither. */
const DOWNLOADS: Record<Engine['name'], (engine: Engine, root: string) => Promise<void>> = {
  temporal: async ({ name, version }, root) => {
    const downloadDir = join(root, 'bin');
    await mkdir(downloadDir, { recursive: true });
    const { TestWorkflowEnvironment } = await import('@temporalio/testing');
    const executable = { type: 'cached-download', version: `v${version}`, downloadDir } as const;
    const environment = await TestWorkflowEnvironment.createLocal({ server: { executable } });
    await environment.teardown();
    const [file] = (await readdir(downloadDir)).filter((entry) => entry.startsWith('temporal'));
    if (file === undefined) throw new Error('the download left no file');
    const extension = file.endsWith('.exe') ? '.exe' : '';
    await rename(join(downloadDir, file), join(downloadDir, `${name}${extension}`));
  },
  pulumi: async (_engine, root) => {
    const { PulumiCommand } = await import('@pulumi/pulumi/automation/index.js');
    // Without a version it uses that of the SDK, which a test compares with the pinned one.
    await PulumiCommand.install({ root });
  },
};

// Runs in a process of its own, which the caller can end: the SDKs' downloads accept no deadline.
const [name, root] = process.argv.slice(2);
const engine = ENGINES.find((candidate) => candidate.name === name);
if (engine === undefined || root === undefined) throw new Error('usage: download.ts <engine> <root>');
await DOWNLOADS[engine.name](engine, root);
process.exit(0);
