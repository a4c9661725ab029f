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

interface RunFile extends Running {
  readonly products: readonly { readonly api: string }[];
}

/** What `npm start` says about itself in `run.json`; undefined when nothing runs from the state folder. */
function findRunFile(home: string): Partial<RunFile> | undefined {
  try {
    return JSON.parse(readFileSync(join(home, 'run.json'), 'utf8')) as Partial<RunFile>;
  } catch {
    return undefined;
  }
}

function readRunFile(home: string): Running {
  const found = findRunFile(home);
  if (found === undefined)
    throw new CliError(
      EXIT.notRunning,
      `Nothing runs from ${home}: start it with "${HOW_TO_START}" (or set TENURE_HOME).`,
    );
  const { api, staffToken } = found;
  if (typeof api === 'string' && typeof staffToken === 'string') return { api, staffToken };
  const file = join(home, 'run.json');
  throw new CliError(EXIT.notRunning, `${file} does not say where the API is. Start again with "${HOW_TO_START}".`);
}

/** Staff have one token for all products of what runs here. */
function tokenHere(home: string, url: string): string | undefined {
  const { products = [], staffToken } = findRunFile(home) ?? {};
  return products.some(({ api }) => api === url.replace(/\/$/, '')) ? staffToken : undefined;
}

/**
 * The API at the address given, with the token given; without an address, the first product of what runs on this
 * machine, whose other products need an address and no token.
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
  const staffToken = token ?? tokenHere(home, url);
  if (staffToken === undefined)
    throw new CliError(
      EXIT.usage,
      'Set TENURE_TOKEN, or TENURE_TOKEN_FILE to a file with the token, for the API there.',
    );
  return { api: url, staffToken };
}
