import { join } from 'node:path';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import Provider, { interactionPolicy, type Configuration } from 'oidc-provider';
import { readJson, writeJson } from '../../files.ts';
import { APP } from './app.ts';
import type { People } from './people.ts';

const HOUR = 3_600;

async function signingKey(folder: string): Promise<JWK> {
  const file = join(folder, 'key.json');
  const known = await readJson<JWK>(file);
  if (known !== undefined) return known;
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const made = { ...(await exportJWK(privateKey)), kid: 'embedded', alg: 'RS256', use: 'sig' };
  await writeJson(file, made, 0o600);
  return made;
}

/** An app on this machine would otherwise be asked about at each sign-in. */
function onlyLogin(): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base();
  policy.get('consent')?.checks.remove('native_client_prompt');
  return policy;
}

const configuration = (people: People, key: JWK, cookieKey: string): Configuration => ({
  clients: [
    // On any port of this machine, and without a secret.
    {
      client_id: APP,
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code'],
      redirect_uris: ['http://localhost/callback', 'http://127.0.0.1/callback'],
    },
  ],
  jwks: { keys: [key] },
  cookies: { keys: [cookieKey] },
  ttl: { Interaction: HOUR, Session: HOUR, Grant: HOUR, AuthorizationCode: 60, AccessToken: HOUR, IdToken: HOUR },
  clientBasedCORS: () => true,
  // Apps read name and address in the ID token, as with Cognito.
  conformIdTokenClaims: false,
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['given_name', 'family_name'] },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_, { uid }) => `/sign-in/${uid}`, policy: onlyLogin() },
  findAccount(_, sub) {
    const person = people.find(sub);
    if (person === undefined) return undefined;
    const { email, givenName: given_name, familyName: family_name } = person;
    return { accountId: sub, claims: () => ({ sub, email, email_verified: true, given_name, family_name }) };
  },
  // Nobody is asked whether the product's own app may know who they are.
  async loadExistingGrant({ oidc: { client, session, provider } }) {
    const grant = new provider.Grant({ clientId: client?.clientId, accountId: session?.accountId });
    grant.addOIDCScope('openid email profile');
    await grant.save();
    return grant;
  },
});

/** A real OpenID Connect server, whose keys last and whose sessions end with it. */
export async function openProvider(url: string, folder: string, people: People): Promise<Provider> {
  const key = await signingKey(folder);
  return new Provider(url, configuration(people, key, String(key.d)));
}
