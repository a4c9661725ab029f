import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

// Plain JavaScript on Node built-ins: the pre script needs it before packages and Node 24 are installed.

function linuxStartTime(pid) {
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
  // The command name is in brackets, and may itself contain brackets and spaces.
  const [state, ...fields] = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return state === 'Z' || state === 'X' ? undefined : `${boot}-${fields[18]}`;
}

function signalable(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

export function startTime(pid) {
  try {
    if (process.platform === 'linux') return linuxStartTime(pid);
    if (process.platform === 'win32') return signalable(pid) ? 'alive' : undefined;
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}

export function identify(pid) {
  return { pid, startedAt: startTime(pid) ?? 'gone' };
}

export function isAlive({ pid, startedAt }) {
  return startTime(pid) === startedAt;
}

function readHolder(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function breakStale(file, holder) {
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
    // Another process may have broken the lock first and hold it now: it gets its file back.
    if (readHolder(aside)?.pid !== holder?.pid) linkSync(aside, file);
    rmSync(aside, { force: true });
  } catch {
    // It is already gone: the next try decides.
  }
}

export function tryLock(file) {
  mkdirSync(dirname(file), { recursive: true });
  const own = `${file}.${process.pid}`;
  writeFileSync(own, JSON.stringify(identify(process.pid)), { mode: 0o600 });
  try {
    for (;;) {
      try {
        // A link appears with its content or not at all. Creating and then writing would show an empty lock.
        linkSync(own, file);
        return { release: () => rmSync(file, { force: true }) };
      } catch (error) {
        if (error.code !== 'EEXIST') throw error;
      }
      const holder = readHolder(file);
      if (holder && isAlive(holder)) return { holder };
      breakStale(file, holder);
    }
  } finally {
    rmSync(own, { force: true });
  }
}

export async function withLock(file, work, onWait = () => undefined) {
  let told = false;
  for (;;) {
    const { release, holder } = tryLock(file);
    if (release) {
      try {
        return await work();
      } finally {
        release();
      }
    }
    if (!told) onWait(holder.pid);
    told = true;
    await sleep(200);
  }
}
