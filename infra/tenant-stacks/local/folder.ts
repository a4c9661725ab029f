import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DamagedFileError, readJson, writeJson } from '../../files.ts';
import { namespaceOfRole, type TenantMode } from '../spec.ts';

/** What anyone serving the instance must know. No secrets, nothing personal but the host. */
export interface InstanceFile {
  readonly namespace: string;
  readonly host: string;
  readonly memoryMb: number;
}

/** Read by the instance's own process only. */
export interface InstanceCredentials {
  readonly databaseUrl: string;
  readonly jwtSecret: string;
  readonly deviceApiKey: string;
  readonly licence: string;
  readonly licencePublicKey: string;
  readonly company: string;
  readonly plan: string;
  /** This machine is every region; which one the tenant belongs to is kept all the same. */
  readonly region: string;
  readonly mode: TenantMode;
  readonly trialEndsAt: string | null;
  readonly clockOffsetMs: number;
  readonly accountUrl: string;
  /** Base URL of the instance as browsers reach it; folders of older versions have none, and are reached by http. */
  readonly url?: string;
}

const INSTANCE = 'instance.json';
const CREDENTIALS = 'credentials.json';
export const PROCESS = 'process.json';
export const LOG = 'instance.log';

export const folderOf = (home: string, namespace: string): string => join(home, namespace);

/** What is read of each file before anything else; a value of another kind has none of it. */
const NEEDED = {
  [INSTANCE]: ['namespace', 'host', 'memoryMb'],
  [CREDENTIALS]: ['databaseUrl', 'jwtSecret', 'deviceApiKey'],
} as const;

/** @throws DamagedFileError also when a member is missing: a reader of many files must not fail because of one. */
async function readWhole<T extends object>(folder: string, name: keyof typeof NEEDED): Promise<T | undefined> {
  const path = join(folder, name);
  const value = await readJson<T>(path);
  if (value !== undefined && !NEEDED[name].every((member) => Object.hasOwn(Object(value) as object, member)))
    throw new DamagedFileError(path);
  return value;
}

export const readInstance = (folder: string): Promise<InstanceFile | undefined> => readWhole(folder, INSTANCE);

export async function readCredentials(folder: string): Promise<InstanceCredentials> {
  const credentials = await readWhole<InstanceCredentials>(folder, CREDENTIALS);
  if (credentials === undefined) throw new Error(`No credentials in ${folder}. Apply the tenant's stack again.`);
  return credentials;
}

/** Credentials first: an instance file is the sign that the folder can be started. */
export async function writeFolder(folder: string, file: InstanceFile, credentials: InstanceCredentials): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeJson(join(folder, CREDENTIALS), credentials, 0o600);
  await writeJson(join(folder, INSTANCE), file);
}

/** Idempotent. */
export const removeFolder = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });

export const folderExists = (folder: string): Promise<boolean> =>
  stat(folder).then(
    () => true,
    () => false,
  );

/** Whether every file an instance is started from exists and is intact. */
export async function isStartable(folder: string): Promise<boolean> {
  const files = await Promise.all([wholeOnly(readInstance(folder)), findCredentials(folder)]);
  return !files.includes(undefined);
}

/** Copied from another folder, they would give one tenant's keys to another. */
const areOf = (folder: string, { databaseUrl }: InstanceCredentials): boolean =>
  URL.canParse(databaseUrl) && namespaceOfRole(new URL(databaseUrl).username) === basename(folder);

/**
 * The secrets that the instance holds, for whoever creates its resources again; undefined when there are none, or when
 * they are damaged or another tenant's.
 */
export async function findCredentials(folder: string): Promise<InstanceCredentials | undefined> {
  const found = await wholeOnly(readWhole<InstanceCredentials>(folder, CREDENTIALS));
  return found && areOf(folder, found) ? found : undefined;
}

/** A damaged file counts as missing, for callers whose work must not depend on another tenant's file. */
async function wholeOnly<T>(read: Promise<T | undefined>): Promise<T | undefined> {
  return read.catch((error: unknown) => {
    if (error instanceof DamagedFileError) return undefined;
    throw error;
  });
}

/** Folders whose instance file is damaged, with what to do about each. */
export async function listDamaged(home: string): Promise<Map<string, string>> {
  const names = await readdir(home).catch(() => []);
  const read = names.map((name) =>
    readInstance(folderOf(home, name)).then(
      () => undefined,
      (error: unknown) => [name, error instanceof Error ? error.message : ''] as const,
    ),
  );
  return new Map((await Promise.all(read)).filter((entry) => entry !== undefined));
}

/** Every instance below the tenants' home that can be started. A damaged one does not hide the others. */
export async function listInstances(home: string): Promise<InstanceFile[]> {
  const names = await readdir(home).catch(() => []);
  const files = await Promise.all(names.map((name) => wholeOnly(readInstance(folderOf(home, name)))));
  return files.filter((file) => file !== undefined);
}
