import { ConfigError, type Settings } from '../settings.ts';
import { isLoopback, isProxy } from './forms.ts';
import type { HookConfig, IssuerConfig, UserPool } from './types.ts';

const POOL = /^([a-z]{2}(?:-[a-z]+)+-\d)_[A-Za-z0-9]{1,55}$/;

/** The user pool that has the identities. Its region is the first part of its id. */
export function readUserPool(settings: Settings): UserPool | undefined {
  const id = settings.matching(
    'COGNITO_USER_POOL_ID',
    (text) => POOL.test(text),
    'the id of a user pool, like us-east-1_a1B2c3D4e',
  );
  const region = POOL.exec(id ?? '')?.[1];
  return id === undefined || region === undefined ? undefined : { id, region };
}

function issuerUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password, search, hash } = new URL(text);
  return (
    username + password + search + hash === '' &&
    (protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname)))
  );
}

/** Who issues the tokens by which customers are known, where their identities are elsewhere. */
export function readIssuer(settings: Settings): IssuerConfig | undefined {
  const [pool, clients] = [readUserPool(settings), settings.list('COGNITO_CLIENT_ID')];
  const issuer = settings.matching('OIDC_ISSUER', issuerUrl, 'the https address of an issuer, without a query');
  const audiences = settings.list('OIDC_AUDIENCE');
  if ((pool === undefined) !== (clients.length === 0))
    throw new ConfigError('COGNITO_USER_POOL_ID and COGNITO_CLIENT_ID must be set both, or neither of the two.');
  if ((issuer === undefined) !== (audiences.length === 0))
    throw new ConfigError('OIDC_ISSUER and OIDC_AUDIENCE must be set both, or neither of the two.');
  if (pool !== undefined && issuer !== undefined)
    throw new ConfigError('OIDC_ISSUER must not be set beside COGNITO_USER_POOL_ID: tokens come from one of the two.');
  if (pool !== undefined)
    return {
      issuer: `https://cognito-idp.${pool.region}.amazonaws.com/${pool.id}`,
      ...{ audiences: clients, isCognito: true },
    };
  return issuer === undefined ? undefined : { issuer, audiences, isCognito: false };
}

const SHORTEST_SECRET = 24;

/** Who may call the hooks of a product. */
export function readHooks(settings: Settings): HookConfig {
  const [secrets, addresses] = [settings.list('HOOK_SECRET'), settings.list('HOOK_ADDRESSES')];
  if (secrets.some((secret) => secret.length < SHORTEST_SECRET))
    throw new ConfigError(`HOOK_SECRET must have at least ${String(SHORTEST_SECRET)} characters.`);
  const wrong = addresses.find((address) => !isProxy(address));
  if (wrong !== undefined)
    throw new ConfigError(
      `HOOK_ADDRESSES must list addresses or networks (10.0.0.0/8) of those who call the hooks; "${wrong}" is neither.`,
    );
  return { secrets, addresses };
}
