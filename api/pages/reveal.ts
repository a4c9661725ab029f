import { Type } from 'typebox';
import { linkIsGood } from '../../infra/db/repositories/one-time-links.ts';
import { hashToken } from '../../infra/tokens.ts';
import { revealApiKey } from '../accounts/api-keys.ts';
import type { App } from '../http/app-type.ts';
import type { AppDeps } from '../http/deps.ts';
import { Closed } from '../schemas/common.ts';
import { EmptyForm } from './form-schemas.ts';
import { csrfFor, sendPage } from './scope.ts';
import { revealPage, revealedPage, spentPage } from './views/reveal.ts';

const config = { access: 'public', page: true } as const;
/** Any text: a wrong link gets the same answer as one that is no longer valid. */
const params = Closed({ token: Type.String({ maxLength: 200 }) });
const GONE = 410;

/** Opening the link shows a button only: mail scanners open links, and must not use them up. */
export function revealPages(app: App, deps: AppDeps): void {
  app.get('/reveal/:token', { config, schema: { hide: true, params } }, async (request, reply) => {
    const { token } = request.params;
    void reply.header('referrer-policy', 'no-referrer');
    if (!(await linkIsGood(deps.database, hashToken(token), 'reveal_api_key')))
      return sendPage(reply.code(GONE), spentPage(deps.profile));
    return sendPage(reply, revealPage(csrfFor(deps, request, reply), `/reveal/${token}`));
  });
  app.post('/reveal/:token', { config, schema: { hide: true, params, body: EmptyForm } }, async (request, reply) => {
    const key = await revealApiKey(deps.database, request.params.token);
    void reply.header('referrer-policy', 'no-referrer');
    return key === undefined
      ? sendPage(reply.code(GONE), spentPage(deps.profile))
      : sendPage(reply, revealedPage(key, deps.profile));
  });
}
