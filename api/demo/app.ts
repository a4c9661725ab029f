import { createHash, randomBytes } from 'node:crypto';
import { Visit } from './visit.ts';

const CLIENT = 'app';

interface Person {
  readonly given_name: string;
  readonly family_name: string;
  readonly email: string;
}

/** An app that leaves identities to the embedded issuer: its user signs up there, and comes back with a token. */
export class App {
  private readonly identities: string;
  private readonly visit = new Visit();
  private token = '';

  constructor(identities: string) {
    this.identities = identities;
  }

  async signUp(person: Person): Promise<void> {
    const reply = await this.go('/people', { ...person });
    if (reply.status !== 303) throw new Error(`The sign-up answered ${String(reply.status)}.`);
  }

  /** By the authorization code flow with PKCE. @returns the subject of the token */
  async signIn(email: string): Promise<string> {
    const verifier = randomBytes(32).toString('base64url');
    const redirect_uri = `${this.identities}/callback`;
    const ask = new URLSearchParams({
      ...{ client_id: CLIENT, response_type: 'code', redirect_uri, scope: 'openid email profile', prompt: 'login' },
      ...{ code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256' },
    });
    const page = (await this.go(`/auth?${ask.toString()}`)).headers.get('location') ?? '';
    let reply = await this.go(page, { email });
    let location = reply.headers.get('location') ?? '';
    while (location !== '' && !location.startsWith(redirect_uri)) {
      reply = await this.go(location);
      location = reply.headers.get('location') ?? '';
    }
    const code = new URL(location).searchParams.get('code') ?? '';
    const tokens = await fetch(`${this.identities}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        ...{ grant_type: 'authorization_code', client_id: CLIENT, redirect_uri, code, code_verifier: verifier },
      }),
    });
    const { id_token: token } = (await tokens.json()) as { readonly id_token: string };
    this.token = token;
    const { sub } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sub: string };
    return sub;
  }

  /** Calls the product's API with the token. */
  call(url: string, options: { readonly method?: string; readonly body?: object } = {}): Promise<Response> {
    const { method = 'GET', body } = options;
    const headers = { authorization: `Bearer ${this.token}`, ...(body && { 'content-type': 'application/json' }) };
    return fetch(url, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  }

  private go(path: string, form?: Readonly<Record<string, string>>): Promise<Response> {
    return this.visit.go(new URL(path, this.identities).href, form);
  }
}
