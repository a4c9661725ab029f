import { mkdir, mkdtemp, readdir, rename, rm, symlink } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { basename, dirname, join, resolve } from 'node:path';
import { ConfigError, loadEngineConfig, type EngineConfig } from '../../config.ts';
import { ENGINES, type Engine } from './engines.ts';
import { build, download, type Way } from './install.ts';
import { withLock } from './lock.mjs';
import { startProgress } from './progress.mjs';
import { executableName, isExecutable, onPath, versionOf } from './version.ts';

export interface EnginePaths {
  readonly temporal: string;
  /** Always `<root>/bin/pulumi`, so that `PulumiCommand.get({ root })` finds it. */
  readonly pulumi: string;
}

export interface FindOptions {
  readonly config?: EngineConfig;
  readonly ways?: readonly Way[];
  /** Where warnings and progress go. */
  readonly out?: { isTTY?: boolean; write(text: string): unknown };
}

type Search = Required<FindOptions>;

const engineFolder = (search: Search): string => join(search.config.cache, 'engines');
const binary = (root: string, engine: Engine): string => join(root, 'bin', executableName(engine));

const cachedRoot = (engine: Engine, search: Search): string =>
  join(engineFolder(search), `${engine.name}-${engine.version}`);
const cachedPath = (engine: Engine, search: Search): string => binary(cachedRoot(engine, search), engine);

async function fromVariable(engine: Engine, search: Search): Promise<string | undefined> {
  const given = search.config.paths[engine.name];
  if (given === undefined) return undefined;
  const path = resolve(given);
  // `npm start` passes the cached path to the workers; it was checked when it was cached.
  if (path === cachedPath(engine, search) && (await isExecutable(path))) return path;
  if (!(await isExecutable(path)))
    throw new ConfigError(`${engine.variable} must name an executable file; ${path} is not one.`);
  const version = await versionOf(engine, path);
  if (version !== undefined && engine.fits.test(version)) return path;
  const found = version ?? 'a program that does not tell its version';
  search.out.write(`${engine.variable} is ${found}; ${engine.version} is needed, so it is not used.\n`);
  return undefined;
}

async function fromPath(engine: Engine, search: Search): Promise<string | undefined> {
  const path = await onPath(engine, search.config.searchPath);
  const version = path === undefined ? undefined : await versionOf(engine, path);
  return version !== undefined && engine.fits.test(version) ? path : undefined;
}

/** Links `<root>/bin/<name>` to a binary that is not in such a folder. */
async function inBinFolder(engine: Engine, path: string, search: Search): Promise<string> {
  if (basename(dirname(path)) === 'bin' && basename(path) === executableName(engine)) return path;
  const key = createHash('sha256').update(path).digest('hex').slice(0, 12);
  const link = binary(join(engineFolder(search), `${engine.name}-at-${key}`), engine);
  await mkdir(dirname(link), { recursive: true });
  await symlink(path, link).catch(async (error: unknown) => {
    if (!(await isExecutable(link))) throw error;
  });
  return link;
}

const reason = (error: unknown): string => {
  const text = error instanceof Error ? error.message : String(error);
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(0, 4).join(' | ').slice(0, 600);
};

/** Works in a folder beside the final one and then renames it, so that an interrupted run never looks complete. */
async function installBy(way: Way, engine: Engine, root: string): Promise<void> {
  const workshop = await mkdtemp(join(dirname(root), `.making-${basename(root)}-`));
  try {
    await way.install(engine, workshop);
    const version = await versionOf(engine, binary(workshop, engine));
    if (version === undefined || !engine.fits.test(version))
      throw new Error(`it gave ${version ?? 'nothing that runs'} instead of ${engine.version}`);
    await rm(root, { recursive: true, force: true });
    await rename(workshop, root);
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

async function removeLeftovers(root: string): Promise<void> {
  const prefix = `.making-${basename(root)}-`;
  const left = (await readdir(dirname(root))).filter((entry) => entry.startsWith(prefix));
  await Promise.all(left.map((entry) => rm(join(dirname(root), entry), { recursive: true, force: true })));
}

async function install(engine: Engine, root: string, search: Search): Promise<void> {
  // We hold the lock, so what an earlier run left unfinished is not in use.
  await removeLeftovers(root);
  const tried: string[] = [];
  for (const way of search.ways) {
    const done = startProgress(`${engine.title} ${engine.version}: ${way.label(engine)}`, search.out);
    try {
      await installBy(way, engine, root);
      done('ready');
      return;
    } catch (error) {
      done('not possible');
      tried.push(`- ${way.label(engine)}: ${reason(error)}`);
    }
  }
  throw new Error(
    `${engine.title} ${engine.version} could not be obtained. Tried:\n- ${engine.variable} and the PATH: not there, or another version\n` +
      `${tried.join('\n')}\nInstall ${engine.title} ${engine.version} and set ${engine.variable} to it, or run this once with ` +
      `access to ${engine.downloadHost} or with Go 1.26 and a Go module proxy.`,
  );
}

async function seek(engine: Engine, search: Search): Promise<string> {
  const given = await fromVariable(engine, search);
  if (given !== undefined) return inBinFolder(engine, given, search);
  const root = cachedRoot(engine, search);
  const cached = cachedPath(engine, search);
  if (await isExecutable(cached)) return cached;
  const installed = await fromPath(engine, search);
  if (installed !== undefined) return inBinFolder(engine, installed, search);
  const waiting = (pid: number): void => {
    search.out.write(`${engine.title}: process ${String(pid)} is readying it, waiting.\n`);
  };
  await withLock(
    `${root}.lock`,
    async () => {
      if (!(await isExecutable(cached))) await install(engine, root, search);
    },
    waiting,
  );
  return cached;
}

function beginSearch(options: FindOptions): Search {
  const config = options.config ?? loadEngineConfig();
  return { ways: [download(config.behindProxy), build], out: process.stdout, ...options, config };
}

/**
 * Finds an engine of the pinned version: named by a variable, cached, on the PATH, downloaded, or built, in this order.
 * A cached one is found in a few milliseconds. Safe to call from several processes at the same time.
 * @throws Error that says what was tried and what to do; ConfigError when a variable names no program
 */
export async function findEngine(name: Engine['name'], options: FindOptions = {}): Promise<string> {
  const engine = ENGINES.find((candidate) => candidate.name === name);
  if (!engine) throw new Error(`There is no engine ${name}.`);
  return seek(engine, beginSearch(options));
}

/** Both engines, found one after the other: two Go builds at the same time would only slow each other down. */
export async function findEngines(options: FindOptions = {}): Promise<EnginePaths> {
  return { temporal: await findEngine('temporal', options), pulumi: await findEngine('pulumi', options) };
}
