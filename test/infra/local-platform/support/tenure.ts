import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadEngineConfig } from '../../../../infra/config.ts';
import { eventually } from '../../../support/eventually.ts';

export interface Run {
  readonly api: string;
  readonly temporalAddress: string;
  readonly namespace: string;
  readonly mail: string;
  readonly databaseUrl: string;
  readonly tenantBase: string;
  readonly gatewayControl: string;
  readonly stripe: string;
  readonly staffToken: string;
  readonly pids: Readonly<Record<string, number>>;
  readonly metrics: Readonly<Record<string, string>>;
  readonly supervisorPid: number;
}

/** Any free port for each part: the developer's own `npm start` may hold the preferred ones. */
const ANY_PORT = {
  PORT: '0',
  TENANT_GATEWAY_PORT: '0',
  GATEWAY_CONTROL_PORT: '0',
  TEMPORAL_PORT: '0',
  TEMPORAL_UI_PORT: '0',
  POSTGRES_PORT: '0',
  STRIPE_EMULATOR_PORT: '0',
  MAIL_PORT: '0',
  IDENTITIES_PORT: '0',
  LIFECYCLE_WORKER_PORT: '0',
  PROVISIONING_WORKER_PORT: '0',
};

export function makeHome(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tenure-home-'));
  // When we are root, Postgres runs as another user, who has to reach its folder.
  chmodSync(folder, 0o711);
  return join(folder, 'state');
}

const { cache, paths } = loadEngineConfig();
/** Nothing else of this process is passed on. */
export const base = {
  PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
  HOME: homedir(),
  TENURE_CACHE: cache,
  ...(paths.temporal && { TEMPORAL_CLI_PATH: paths.temporal }),
  ...(paths.pulumi && { PULUMI_CLI_PATH: paths.pulumi }),
};

/** Every process with the mark of this state folder: parts, and processes that parts started. */
export function processesOf(home: string): number[] {
  const mark = `TENURE_SUPERVISED_BY=${home}`;
  const environment = (pid: string): string => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8');
    } catch {
      return '';
    }
  };
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && environment(entry).split('\0').includes(mark))
    .map(Number);
}

/** A command that does the same as `npm start`, and the folder in which it runs. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd?: string;
}

const START: Command = {
  program: process.execPath,
  args: [fileURLToPath(new URL('../../../../infra/local-platform/start.ts', import.meta.url))],
};

/** `npm start` as its script runs it, or another command, with exactly these settings. */
export class Tenure {
  readonly home: string;
  output = '';
  private readonly child;
  private readonly exited;

  constructor(home: string, settings: Readonly<Record<string, string | undefined>> = {}, command: Command = START) {
    this.home = home;
    const { program, args, cwd } = command;
    this.child = spawn(program, [...args], { cwd, env: { ...base, ...ANY_PORT, TENURE_HOME: home, ...settings } });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream.on('data', (data: Buffer) => (this.output += data.toString()));
    this.exited = once(this.child, 'exit') as Promise<[number | null]>;
  }

  get run(): Run | undefined {
    const file = join(this.home, 'run.json');
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Run) : undefined;
  }

  get running(): Run {
    const { run } = this;
    if (!run) throw new Error(`There is no run.json. Output:\n${this.output}`);
    return run;
  }

  async ready(): Promise<Run> {
    const outcome = await eventually('Tenure to be ready', () =>
      this.child.exitCode === null ? this.output.includes('Tenure is ready') && this.run : 'ended',
    );
    if (outcome === 'ended') throw new Error(`It ended:\n${this.output}`);
    return outcome;
  }

  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> {
    this.child.kill(signal);
    return this.ended();
  }

  async ended(): Promise<number | null> {
    const [code] = await this.exited;
    return code;
  }
}
