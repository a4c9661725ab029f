import { mkdir, readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { isProxy } from '../../../config/forms.ts';
import { optionsOf, refuse } from '../../../begin.ts';
import { ConfigError } from '../../../settings.ts';

const port = (name: string, text: string): number => {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 65_535) throw new ConfigError(`--${name} must be a port, not "${text}".`);
  return value;
};

function readProxies(text: string): readonly string[] {
  const proxies = text.split(',').flatMap((part) => part.trim() || []);
  const wrong = proxies.find((proxy) => proxy !== 'none' && !isProxy(proxy));
  if (wrong !== undefined)
    throw new ConfigError(`--proxies must list addresses or networks, or be none, not "${wrong}".`);
  return proxies.filter((proxy) => proxy !== 'none');
}

async function readToken(file: string): Promise<string> {
  const token = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new ConfigError(`--token-file must name a readable file; ${file} is not one.`, { cause });
  });
  if (token.trim() === '') throw new ConfigError(`--token-file must name a file with a token; ${file} is empty.`);
  return token.trim();
}

const USAGE = `Usage: tenure gateway --home <folder> --token-file <file> [options]

  --home <folder>       what the instances' folders are in (TENANTS_HOME of the provisioning worker)
  --token-file <file>   the token of its control API (GATEWAY_CONTROL_TOKEN)
  --host <address>      where it listens (127.0.0.1)
  --port <port>         for visitors of the instances (3180)
  --control-port <port> of its control API (3181)
  --proxies <list>      addresses or networks of the proxies before it`;

const given = () =>
  parseArgs({
    options: {
      help: { type: 'boolean' },
      // Loopback unless told otherwise: in a container the ports are reached through its network.
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: '3180' },
      'control-port': { type: 'string', default: '3181' },
      home: { type: 'string' },
      'token-file': { type: 'string' },
      // As `TRUST_PROXY`: visitors who come through them have their connections.
      proxies: { type: 'string', default: '' },
    },
  });

async function read() {
  const { values } = optionsOf(USAGE, given);
  const { host, home, 'token-file': tokenFile } = values;
  if (home === undefined || tokenFile === undefined)
    throw new ConfigError('--home <folder> and --token-file <file> must be given.');
  const proxies = readProxies(values.proxies);
  const ports = { port: port('port', values.port), controlPort: port('control-port', values['control-port']) };
  const token = await readToken(tokenFile);
  await mkdir(home, { recursive: true });
  return { host, home, token, proxies, ...ports };
}

/** What the gateway was told. Ends the process with one sentence when that cannot be used. */
export const gatewayArguments = () => read().catch(refuse);
