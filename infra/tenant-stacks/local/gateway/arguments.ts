import { mkdir, readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { refuse } from '../../../begin.ts';
import { ConfigError } from '../../../settings.ts';

const port = (name: string, text: string): number => {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 65_535) throw new ConfigError(`--${name} must be a port, not "${text}".`);
  return value;
};

async function readToken(file: string): Promise<string> {
  const token = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new ConfigError(`--token-file must name a readable file, and ${file} is none.`, { cause });
  });
  if (token.trim() === '') throw new ConfigError(`--token-file must name a file with a token, and ${file} is empty.`);
  return token.trim();
}

async function read() {
  const { values } = parseArgs({
    options: {
      // Loopback unless told otherwise: in a container the ports are reached through its network.
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: '3180' },
      'control-port': { type: 'string', default: '3181' },
      home: { type: 'string' },
      'token-file': { type: 'string' },
    },
  });
  const { host, home, 'token-file': tokenFile } = values;
  if (home === undefined || tokenFile === undefined)
    throw new ConfigError('--home <folder> and --token-file <file> must be given.');
  const ports = { port: port('port', values.port), controlPort: port('control-port', values['control-port']) };
  const token = await readToken(tokenFile);
  await mkdir(home, { recursive: true });
  return { host, home, token, ...ports };
}

/** What the gateway was told. Ends the process with one sentence when that cannot be used. */
export const gatewayArguments = () => read().catch(refuse);
