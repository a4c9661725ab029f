import { makeApiKey, replaceApiKey, revokeApiKey } from '../accounts/api-keys.ts';
import { askerOf } from '../accounts/devices.ts';
import { openSession } from '../accounts/sessions.ts';
import { changePassword } from '../accounts/set-password.ts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../http/app-type.ts';
import type { AppDeps } from '../http/deps.ts';
import { customerOf, sessionOf } from '../http/plugins/access.ts';
import { KeyBody } from '../schemas/access.ts';
import { asApiBody } from './as-api-body.ts';
import { KeyForm, KeyIdForm, PasswordForm } from './form-schemas.ts';
import { sendPage } from './scope.ts';
import { revealedPage } from './views/reveal.ts';

const config = { access: 'person', page: true } as const;

/** Handles a form: goes on to a page, or shows the account again with the reason for a refusal. */
export type Act = (
  request: FastifyRequest,
  reply: FastifyReply,
  work: () => Promise<string | FastifyReply>,
) => Promise<FastifyReply>;

function keyForms(app: App, { database, profile }: AppDeps, act: Act): void {
  app.post('/account/keys', { config, schema: { hide: true, body: KeyForm } }, (request, reply) =>
    act(request, reply, async () => {
      const { name } = asApiBody(request, KeyBody, { name: request.body.name?.trim() || 'API key' });
      const { key } = await makeApiKey(database, sessionOf(request), { name });
      return sendPage(reply, revealedPage(key, profile));
    }),
  );
  app.post('/account/keys/replace', { config, schema: { hide: true, body: KeyIdForm } }, (request, reply) =>
    act(request, reply, async () => {
      const { key } = await replaceApiKey(database, sessionOf(request), request.body.key_id);
      return sendPage(reply, revealedPage(key, profile));
    }),
  );
  app.post('/account/keys/revoke', { config, schema: { hide: true, body: KeyIdForm } }, (request, reply) =>
    act(request, reply, async () => {
      const { key_id: keyId } = request.body;
      await revokeApiKey({ database }, { customerId: customerOf(request), keyId, actor: 'customer' });
      return '/account?done=revoked';
    }),
  );
}

/** The forms for API keys and the password. */
export function accountAccessForms(app: App, deps: AppDeps, act: Act): void {
  keyForms(app, deps, act);
  app.post('/account/password', { config, schema: { hide: true, body: PasswordForm } }, (request, reply) =>
    act(request, reply, async () => {
      const { old_password: old, new_password: wanted, revoke_keys: revoke } = request.body;
      const typed = { old, wanted, revokeKeys: revoke === 'yes' };
      await openSession(
        deps,
        request,
        reply,
        await changePassword(deps, askerOf(deps, request), customerOf(request), typed),
      );
      return '/account?done=password';
    }),
  );
}
