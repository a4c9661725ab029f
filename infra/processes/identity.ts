import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Identifies a process: pids are reused, a pid with its start time is not. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: string;
}

const PROC = '/proc';
const START_TIME = 19;

/** Fields after the command's name, which may itself hold spaces and brackets. */
export async function procFields(pid: number): Promise<readonly string[] | undefined> {
  const stat = await readFile(`${PROC}/${String(pid)}/stat`, 'utf8').catch(() => undefined);
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A zombie has ended; it only waits to be counted.
  return fields?.[0] === 'Z' ? undefined : fields;
}

const bootId = async (): Promise<string> => (await readFile(`${PROC}/sys/kernel/random/boot_id`, 'utf8')).trim();

async function linuxStartTime(pid: number): Promise<string | undefined> {
  const ticks = (await procFields(pid))?.[START_TIME];
  return ticks === undefined ? undefined : `${await bootId()}:${ticks}`;
}

async function psStartTime(pid: number): Promise<string | undefined> {
  const { stdout } = await run('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  return stdout.trim() || undefined;
}

/** Start time of a running process, as an opaque text; undefined when there is none (or it has ended). */
export async function startTimeOf(pid: number): Promise<string | undefined> {
  return process.platform === 'linux' ? linuxStartTime(pid) : psStartTime(pid);
}

export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  const startTime = await startTimeOf(pid);
  return startTime === undefined ? undefined : { pid, startTime };
}

export async function isAlive({ pid, startTime }: ProcessIdentity): Promise<boolean> {
  return (await startTimeOf(pid)) === startTime;
}

export async function allPids(): Promise<number[]> {
  if (process.platform !== 'linux') return [];
  return (await readdir(PROC)).map(Number).filter(Number.isInteger);
}

/** Kernels count a process's start in ticks of this many per second, whatever their own clock (proc(5), USER_HZ). */
const TICKS_PER_SECOND = 100;

/** When a running process began, to a hundredth of a second; undefined when there is none. */
export async function startedAt(pid: number): Promise<Date | undefined> {
  if (process.platform !== 'linux') {
    const text = await psStartTime(pid);
    return text === undefined ? undefined : new Date(text);
  }
  const ticks = (await procFields(pid))?.[START_TIME];
  const boot = /^btime (\d+)$/m.exec(await readFile(`${PROC}/stat`, 'utf8'))?.[1];
  if (ticks === undefined || boot === undefined) return undefined;
  return new Date((Number(boot) + Number(ticks) / TICKS_PER_SECOND) * 1000);
}

/** Whether the start time is of this boot of the machine: after another, its number may be anybody's. */
export async function isOfThisBoot(startTime: string): Promise<boolean> {
  return process.platform !== 'linux' || startTime.startsWith(`${await bootId()}:`);
}

/** Processes that name all of these on their command line. */
export async function processesNaming(...names: readonly string[]): Promise<number[]> {
  const pids = await allPids();
  const lines = await Promise.all(
    pids.map((pid) => readFile(`${PROC}/${String(pid)}/cmdline`, 'utf8').catch(() => '')),
  );
  const given = lines.map((line) => new Set(line.split('\0')));
  return pids.filter((_, index) => names.every((name) => given[index]?.has(name)));
}
