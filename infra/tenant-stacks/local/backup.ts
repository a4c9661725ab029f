import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGunzip, createGzip } from 'node:zlib';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { DamagedFileError, readJson, syncFolder, writeJson } from '../../files.ts';
import { StackFailure } from '../errors.ts';
import type { BackupManifest } from '../target.ts';
import { asCaretaker, type TenantDatabase } from './roles.ts';
import { deferReferences, listTables, moveSequences, type Table } from './tables.ts';

interface TableBackup extends Table {
  readonly file: string;
  readonly rows: number;
  /** Of the file. */
  readonly bytes: number;
  readonly sha256: string;
}

/** A table that the tenant has made unreadable, by rules or grants of its own. */
interface Skipped {
  readonly name: string;
  readonly sqlState: string;
}

interface LocalManifest extends BackupManifest {
  readonly tables: readonly TableBackup[];
  readonly skipped?: readonly Skipped[];
}

const { escapeIdentifier } = pg;
const MANIFEST = 'manifest.json';
const qualified = (name: string): string => `public.${escapeIdentifier(name)}`;
const columnsOf = ({ columns }: Table): string => columns.map(escapeIdentifier).join(', ');

/** Counts and hashes what flows through. */
function meter() {
  const hash = createHash('sha256');
  let bytes = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  return { stream, result: () => ({ bytes, sha256: hash.digest('hex') }) };
}

/** All tenants share the disk: a backup leaves this much of it free. */
const LEFT_BYTES = 1_000_000_000;
const LOOKED_AT_EVERY = 64_000_000;

/** How large the tables of one backup may be in all, and the room there is. */
class Allowance {
  readonly #folder: string;
  readonly #most: number;
  #bytes = 0;
  #unseen = 0;

  constructor(folder: string, most: number) {
    this.#folder = folder;
    this.#most = most;
  }

  /** Tables may put out thousands of times what they take up: the default of a column is stored once. */
  async take(bytes: number): Promise<void> {
    this.#bytes += bytes;
    this.#unseen += bytes;
    if (this.#bytes > this.#most) throw new StackFailure('BackupTooLarge');
    if (this.#unseen < LOOKED_AT_EVERY) return;
    this.#unseen = 0;
    const { bavail, bsize } = await statfs(this.#folder);
    if (bavail * bsize < LEFT_BYTES)
      throw new StackFailure(
        'BackupTooLarge',
        'The disk of the backups is nearly full. Make room; it will be retried.',
      );
  }

  bound(): Transform {
    return new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        this.take(chunk.length).then(() => {
          done(null, chunk);
        }, done);
      },
    });
  }
}

interface Place {
  readonly folder: string;
  readonly allowance: Allowance;
}

async function copyTable(
  client: pg.Client,
  table: Table,
  index: number,
  { folder, allowance }: Place,
): Promise<TableBackup> {
  const file = `${String(index)}.copy.gz`;
  // Without `only`, the rows of tables that inherit from it would come twice; a partitioned one has none of its own.
  const rows = `${table.partitioned ? '' : 'only '}${qualified(table.name)}`;
  const source = client.query(copyTo(`copy (select ${columnsOf(table)} from ${rows}) to stdout`));
  const { stream, result } = meter();
  const zip = createGzip({ level: constants.Z_BEST_SPEED });
  const target = createWriteStream(join(folder, file), { mode: 0o600, flush: true });
  try {
    await pipeline(source, allowance.bound(), zip, stream, target);
  } catch (error) {
    // Postgres keeps sending: the connection would never end.
    if (!(error instanceof pg.DatabaseError)) client.connection.stream.destroy();
    throw error;
  }
  return { ...table, file, rows: source.rowCount, ...result() };
}

/**
 * Not possible, wrong data, no such name or right, too large for any client, an error of the tenant's own code: as its
 * objects are, so it stays. What Postgres calls an internal error (XX000) is mostly a row that it cannot put out.
 */
const OF_THE_TENANT = /^(0A|22|42|54|P0|XX000)/;

async function copyTables(client: pg.Client, place: Place): Promise<Pick<LocalManifest, 'tables' | 'skipped'>> {
  const tables: TableBackup[] = [];
  const skipped: Skipped[] = [];
  for (const table of await listTables(client)) {
    await client.query('savepoint before_table');
    try {
      tables.push(await copyTable(client, table, tables.length, place));
    } catch (error) {
      const sqlState = (error instanceof pg.DatabaseError && error.code) || '';
      if (!OF_THE_TENANT.test(sqlState)) throw error;
      skipped.push({ name: table.name, sqlState });
      await client.query('rollback to savepoint before_table');
    }
  }
  return { tables, ...(skipped.length > 0 && { skipped }) };
}

/**
 * Streams every table of a tenant's database into files, as of one moment, with a manifest of counts and checksums.
 * The folder appears whole or not at all, and takes the place of an earlier one. The tenant cannot sign in meanwhile.
 * @param most bytes of all tables, as Postgres puts them out
 * @throws StackFailure `BackupTooLarge`
 */
export async function takeBackup(tenant: TenantDatabase, folder: string, most: number): Promise<BackupManifest> {
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true, mode: 0o700 });
  const place = { folder: unfinished, allowance: new Allowance(unfinished, most) };
  const copied = await asCaretaker(tenant, async (client) => {
    await client.query('begin isolation level repeatable read read only');
    // Then a table whose policies hide rows from us is an error, and not half a backup.
    await client.query('set local row_security = off');
    const result = await copyTables(client, place);
    await client.query('commit');
    return result;
  }).catch(async (error: unknown) => {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  });
  const manifest: LocalManifest = { format: 1, takenAt: new Date().toISOString(), ...copied };
  await writeJson(join(unfinished, MANIFEST), manifest, 0o600);
  await rm(folder, { recursive: true, force: true });
  await rename(unfinished, folder);
  await syncFolder(dirname(folder));
  return manifest;
}

/** @throws Error that names the file that has changed since it was written. */
async function verifyFiles(folder: string, { tables }: LocalManifest): Promise<void> {
  for (const { file, sha256 } of tables) {
    const hash = createHash('sha256');
    await pipeline(createReadStream(join(folder, file)), hash);
    if (hash.digest('hex') !== sha256) throw new Error(`The backup is damaged: ${file} has another checksum.`);
  }
}

async function loadTable(client: pg.Client, table: TableBackup, folder: string): Promise<void> {
  const load = client.query(copyFrom(`copy ${qualified(table.name)} (${columnsOf(table)}) from stdin`));
  const file = createReadStream(join(folder, table.file));
  // Older backups are not packed.
  await (table.file.endsWith('.gz') ? pipeline(file, createGunzip(), load) : pipeline(file, load));
  if (load.rowCount !== table.rows) throw new Error(`${table.file} has another number of rows than its manifest says.`);
}

async function reload(client: pg.Client, { tables }: LocalManifest, folder: string): Promise<void> {
  const names = tables.map(({ name }) => name);
  await client.query('begin');
  if (names.length > 0) await client.query(`truncate ${names.map(qualified).join(', ')}`);
  const settleReferences = await deferReferences(client);
  for (const table of tables) await loadTable(client, table, folder);
  await settleReferences();
  await moveSequences(client);
  await client.query('commit');
}

/**
 * Replaces the contents of a tenant's database, whose tables its instance has made, by those of a backup: all or nothing.
 * Triggers of the tenant fire, as the tenant.
 * @throws Error when a file is damaged; nothing was changed then.
 */
export async function restoreBackup(tenant: TenantDatabase, folder: string): Promise<BackupManifest> {
  const manifest = await readJson<LocalManifest>(join(folder, MANIFEST));
  if (manifest === undefined) throw new DamagedFileError(join(folder, MANIFEST), 'missing');
  await verifyFiles(folder, manifest);
  await asCaretaker(tenant, (client) => reload(client, manifest, folder));
  return manifest;
}
