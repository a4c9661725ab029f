import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import type Provider from 'oidc-provider';
import { normaliseEmail } from '../../input/email-address.ts';
import { tellHooks, type Hooks } from './hooks.ts';
import { choicePage, homePage, tokenPage } from './pages.ts';
import type { People } from './people.ts';
import { APP } from './app.ts';

export interface IdentitiesOptions {
  readonly url: string;
  readonly provider: Provider;
  readonly people: People;
  readonly hooks: Hooks;
  /** That the token is shown for. */
  readonly api: string;
}

type Exchange = readonly [request: IncomingMessage, response: ServerResponse];

const AWS_JSON = 'application/x-amz-json-1.1';
/** No page of another site can send such a request without asking first. */
const isDeletion = ({ method, headers }: IncomingMessage): boolean =>
  method === 'POST' &&
  headers['content-type'] === AWS_JSON &&
  headers['x-amz-target'] === 'AWSCognitoIdentityProviderService.AdminDeleteUser';

const LONGEST_FORM = 10_000;

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  if (Number(request.headers['content-length'] ?? 0) > LONGEST_FORM) throw new Error('The form is too long.');
  return new URLSearchParams(await text(request));
}

const send = (response: ServerResponse, status: number, page: string): void => {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }).end(page);
};

/** Our pages around the OpenID Connect server: sign-up, the choice of who signs in, and what an app would get. */
class Pages {
  readonly #options: IdentitiesOptions;
  /** Of the page that asks for a token: PKCE's secret. */
  readonly #verifier = randomBytes(32).toString('base64url');

  constructor(options: IdentitiesOptions) {
    this.#options = options;
  }

  get #callback(): string {
    return `${this.#options.url}/callback`;
  }

  #home(problem?: string): string {
    const challenge = createHash('sha256').update(this.#verifier).digest('base64url');
    const ask = new URLSearchParams({
      ...{ client_id: APP, response_type: 'code', redirect_uri: this.#callback, scope: 'openid email profile' },
      ...{ code_challenge: challenge, code_challenge_method: 'S256', prompt: 'login' },
    });
    return homePage(this.#options.people.all, `/auth?${ask.toString()}`, problem);
  }

  async #signUp([request, response]: Exchange): Promise<void> {
    const form = await formOf(request);
    const given = (name: string): string => (form.get(name) ?? '').trim();
    const email = normaliseEmail(given('email'));
    const [givenName, familyName] = [given('given_name'), given('family_name')];
    if (email === undefined || givenName === '' || familyName === '') {
      send(response, 400, this.#home('Give both names and a valid email address.'));
      return;
    }
    const { people, hooks } = this.#options;
    if (people.all.some((person) => person.email === email)) {
      send(response, 409, this.#home('Somebody has signed up with this address.'));
      return;
    }
    await tellHooks(hooks, await people.add({ email, givenName, familyName }));
    response.writeHead(303, { location: '/' }).end();
  }

  async #signIn([request, response]: Exchange): Promise<void> {
    const { provider, people } = this.#options;
    const { uid } = await provider.interactionDetails(request, response);
    if (request.method !== 'POST') {
      send(response, 200, choicePage(people.all, `/sign-in/${uid}`));
      return;
    }
    const form = await formOf(request);
    const { sub: accountId = '' } =
      people.all.find(({ sub, email }) => sub === form.get('sub') || email === form.get('email')) ?? {};
    await provider.interactionFinished(request, response, { login: { accountId } });
  }

  /** As an app does with the code it comes back with. */
  async #token([request, response]: Exchange): Promise<void> {
    const { url, api } = this.#options;
    const code = new URL(request.url ?? '/', url).searchParams.get('code') ?? '';
    const body = new URLSearchParams({
      ...{ grant_type: 'authorization_code', client_id: APP, redirect_uri: this.#callback },
      ...{ code, code_verifier: this.#verifier },
    });
    const reply = await fetch(`${url}/token`, { method: 'POST', body });
    const { id_token: token } = (await reply.json()) as { readonly id_token?: string };
    if (token === undefined) send(response, 400, this.#home('The sign-in is over. Sign in again.'));
    else send(response, 200, tokenPage(token, api));
  }

  /** As Cognito does, so that whoever deletes an account is forgotten here by the same call. */
  async #deleteUser([request, response]: Exchange): Promise<void> {
    const { Username: sub } = JSON.parse(await text(request)) as { readonly Username?: unknown };
    const wasThere = typeof sub === 'string' && (await this.#options.people.remove(sub));
    const answer = wasThere ? {} : { __type: 'UserNotFoundException', message: 'There is no such user.' };
    response.writeHead(wasThere ? 200 : 400, { 'content-type': AWS_JSON }).end(JSON.stringify(answer));
  }

  /** Undefined for what the OpenID Connect server answers itself. */
  answer(...exchange: Exchange): Promise<void> | undefined {
    const [{ method = '', url = '/' }, response] = exchange;
    const { pathname } = new URL(url, this.#options.url);
    if (pathname.startsWith('/sign-in/')) return this.#signIn(exchange);
    if (isDeletion(exchange[0])) return this.#deleteUser(exchange);
    switch (`${method} ${pathname}`) {
      case 'GET /':
        send(response, 200, this.#home());
        return Promise.resolve();
      case 'POST /people':
        return this.#signUp(exchange);
      case 'GET /callback':
        return this.#token(exchange);
      default:
        return undefined;
    }
  }
}

export function identitiesServer(options: IdentitiesOptions): Server {
  const pages = new Pages(options);
  const oidc = options.provider.callback();
  return createServer((request, response) => {
    const answered = pages.answer(request, response);
    if (answered === undefined) void oidc(request, response);
    else
      answered.catch((error: unknown) => {
        const message = error instanceof Error ? error.message : 'It failed.';
        send(response, 400, homePage([], '/', `${message} Start again.`));
      });
  });
}
