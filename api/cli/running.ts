import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CliConfig } from '../../infra/config.ts';
import { isBearer } from '../../infra/config/forms.ts';
import { HOW_TO_START } from '../../infra/program-file.ts';
import { CliError, EXIT } from './exit.ts';

/** Where the API is, and the token staff sign in with. */
export interface Running {
  readonly api: string;
  readonly staffToken: string;
}

/** What `npm start` says about itself in `run.json`. */
function readRunFile(home: string): Running {
  const file = join(home, 'run.json');
  try {
    const { api, staffToken } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Running>;
    if (typeof api === 'string' && typeof staffToken === 'string') return { api, staffToken };
  } catch (cause) {
    throw new CliError(
      EXIT.notRunning,
      `Nothing runs from ${home}: start it with "${HOW_TO_START}" (or set TENURE_HOME).`,
      {
        cause,
      },
    );
  }
  throw new CliError(EXIT.notRunning, `${file} does not say where the API is. Start again with "${HOW_TO_START}".`);
}

/**
 * The API at the address given, with the token given; without an address, what runs on this machine.
 * @throws CliError when nothing runs from the state folder, an address comes without a token, or the token is not
 * valid.
 */
export function readRunning({ home, url, token }: CliConfig): Running {
  if (token !== undefined && !isBearer(token))
    throw new CliError(EXIT.usage, 'The token must be printable ASCII characters without blanks.');
  if (url === undefined) {
    const running = readRunFile(home);
    return token === undefined ? running : { ...running, staffToken: token };
  }
  if (token === undefined)
    throw new CliError(
      EXIT.usage,
      'Set TENURE_TOKEN, or TENURE_TOKEN_FILE to a file with the token, for the API there.',
    );
  return { api: url, staffToken: token };
}
