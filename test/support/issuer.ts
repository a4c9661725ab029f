import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type CryptoKey, type JWK } from 'jose';
import Provider from 'oidc-provider';
import { Visit } from '../../api/demo/visit.ts';

/** Who signs in at the issuer. */
export interface Person {
  readonly sub: string;
  readonly email?: string;
  readonly given_name?: string;
  readonly family_name?: string;
}

export const CLIENT_ID = 'predixa-app';
const CLIENT_SECRET = 'the-secret-of-the-app';
const CALLBACK = 'https://app.predixa.example/callback';

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
}

let keys = 0;

export async function signingKey(alg: 'RS256' | 'ES256' = 'RS256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const kid = `key-${String((keys += 1))}`;
  return { kid, privateKey, publicKey, jwk: { ...(await exportJWK(privateKey)), kid, alg, use: 'sig' } };
}

/** It warns of everything that is only fit for tests. */
function quietly<Made>(make: () => Made): Made {
  const { info, warn } = console;
  Object.assign(console, { info: () => undefined, warn: () => undefined });
  try {
    return make();
  } finally {
    Object.assign(console, { info, warn });
  }
}

/** A real OpenID Connect server, at which people sign in over HTTP as their browser would. */
export class Issuer {
  readonly people = new Map<string, Person>();
  url = '';
  key!: SigningKey;
  private server: Server | undefined;
  private port = 0;

  static async start(): Promise<Issuer> {
    const issuer = new Issuer();
    await issuer.run(await signingKey());
    return issuer;
  }

  /** Again at the same address, with other keys if given. */
  async run(key: SigningKey = this.key): Promise<void> {
    this.key = key;
    const server = createServer();
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    this.port = (server.address() as AddressInfo).port;
    this.url = `http://127.0.0.1:${String(this.port)}`;
    const provider = quietly(() => new Provider(this.url, this.configuration()));
    const answer = provider.callback();
    server.on('request', (request, response) => void answer(request, response));
    this.server = server;
  }

  private configuration(): object {
    return {
      clients: [
        {
          client_id: CLIENT_ID,
          client_secret: CLIENT_SECRET,
          redirect_uris: [CALLBACK],
          grant_types: ['authorization_code'],
        },
      ],
      jwks: { keys: [this.key.jwk] },
      cookies: { keys: ['of the tests'] },
      ttl: { Interaction: 60, Session: 60, Grant: 60, AuthorizationCode: 60, AccessToken: 3_600, IdToken: 3_600 },
      pkce: { required: () => false },
      conformIdTokenClaims: false,
      claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['given_name', 'family_name'] },
      findAccount: (_: unknown, id: string) => {
        const { email, ...person } = this.people.get(id) ?? { sub: id };
        return {
          accountId: id,
          claims: () => ({ ...person, ...(email !== undefined && { email, email_verified: true }) }),
        };
      },
    };
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((closed) => this.server?.close(closed));
  }

  /** @returns the ID token, as the app gets it */
  async signIn(person: Person): Promise<string> {
    this.people.set(person.sub, person);
    const visit = new Visit();
    const ask = { client_id: CLIENT_ID, response_type: 'code', redirect_uri: CALLBACK, scope: 'openid email profile' };
    let reply = await visit.go(`${this.url}/auth?${new URLSearchParams(ask).toString()}`);
    for (const form of [{ prompt: 'login', login: person.sub, password: 'x' }, { prompt: 'consent' }]) {
      const page = new URL(reply.headers.get('location') ?? '', this.url).href;
      await visit.go(page);
      reply = await visit.go(page, form);
      reply = await visit.go(new URL(reply.headers.get('location') ?? '', this.url).href);
    }
    const code = new URL(reply.headers.get('location') ?? '').searchParams.get('code') ?? '';
    const token = await fetch(`${this.url}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${CLIENT_ID}:${CLIENT_SECRET}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri: CALLBACK }),
    });
    const { id_token: idToken } = (await token.json()) as { readonly id_token: string };
    return idToken;
  }
}
