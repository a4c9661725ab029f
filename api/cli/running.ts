import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CliError, EXIT } from './exit.ts';

/** What `npm start` says about itself in `run.json`. */
export interface Running {
  readonly api: string;
  readonly staffToken: string;
}

/** @throws CliError when nothing runs from that state folder */
export function readRunning(home: string): Running {
  const file = join(home, 'run.json');
  try {
    const { api, staffToken } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Running>;
    if (typeof api === 'string' && typeof staffToken === 'string') return { api, staffToken };
  } catch (cause) {
    throw new CliError(EXIT.notRunning, `Nothing runs from ${home}: start it with "npm start" (or set TENURE_HOME).`, {
      cause,
    });
  }
  throw new CliError(EXIT.notRunning, `${file} does not say where the API is. Start again with "npm start".`);
}
