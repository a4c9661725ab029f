import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { base } from '../../infra/local-platform/support/tenure.ts';

const checkout = fileURLToPath(new URL('../../..', import.meta.url));
const acme = fileURLToPath(new URL('acme', import.meta.url));
const run = promisify(execFile);

interface Manifest {
  readonly name: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

async function link(target: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await symlink(target, path);
}

/**
 * Leaves a folder as `npm install` would, without a registry: the tarball is unpacked, and its declared dependencies
 * come from the checkout. That hides which versions npm would choose today for the dependencies of our dependencies.
 */
async function install(tarball: string, modules: string): Promise<void> {
  const target = join(modules, 'tenure');
  await mkdir(target, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', target, '--strip-components=1']);
  const { bin, dependencies, optionalDependencies } = JSON.parse(
    await readFile(join(target, 'package.json'), 'utf8'),
  ) as Manifest;
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies }))
    await link(join(checkout, 'node_modules', name), join(modules, name));
  for (const [name, path] of Object.entries(bin)) {
    await chmod(join(target, path), 0o755);
    await link(join(target, path), join(modules, '.bin', name));
  }
}

/** The folder of an adopter who has never seen the repository: the package, and the product of the documentation. */
export async function installedPackage(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'adopter-'));
  // When we are root, Postgres runs as another user, who has to reach its folder.
  await chmod(folder, 0o711);
  await run('npm', ['pack', '--pack-destination', folder], { cwd: checkout, env: base, maxBuffer: 16 * 1024 * 1024 });
  const [tarball = ''] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  await install(join(folder, tarball), join(folder, 'node_modules'));
  await cp(acme, folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  return folder;
}

/** The compiler's errors for the adopter's product, with no types except the package's. */
export async function typeErrors(folder: string): Promise<string> {
  const compilerOptions = { module: 'nodenext', target: 'es2023', strict: true, noEmit: true, types: [] };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['product.ts'] }));
  const tsc = join(checkout, 'node_modules', 'typescript-native', 'bin', 'tsc');
  return run(process.execPath, [tsc, '-p', folder]).then(
    () => '',
    (error: unknown) => (error as { readonly stdout: string }).stdout,
  );
}
