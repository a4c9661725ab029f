import { statfs } from 'node:fs/promises';

/** Less than this is as good as nothing: one write-ahead segment of Postgres is this large. */
const LEAST_BYTES = 16 * 1024 * 1024;

const FULL = new Set(['ENOSPC', 'EDQUOT']);

/** Whether the disk that holds a folder has room for what the parts write. */
export async function hasRoom(folder: string): Promise<boolean> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize >= LEAST_BYTES;
}

export const isDiskFull = (error: unknown): boolean => FULL.has((error as NodeJS.ErrnoException).code ?? '');
