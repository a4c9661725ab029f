import { Type } from 'typebox';
import { listApiKeys } from '../../infra/db/repositories/api-keys.ts';
import { makeApiKey, replaceApiKey, revokeApiKey, type NewApiKey } from '../accounts/api-keys.ts';
import { askerOf } from '../accounts/devices.ts';
import { openSession } from '../accounts/sessions.ts';
import { signsInHere } from '../accounts/elsewhere.ts';
import { changePassword } from '../accounts/set-password.ts';
import type { App } from '../http/app-type.ts';
import { operation } from '../http/operation.ts';
import type { AppDeps } from '../http/deps.ts';
import { customerOf, sessionOf } from '../http/plugins/access.ts';
import { commandRequestOf } from '../support/command-request.ts';
import { CommandHeaders } from '../schemas/common.ts';
import {
  apiKeyReply,
  ApiKeysReply,
  KeyBody,
  KeyParams,
  NewKeyReply,
  PasswordBody,
  PasswordReply,
} from '../schemas/access.ts';

const config = { access: 'person' } as const;
const tags = ['me'];

const newKeyReply = ({ keyId, name, prefix, key }: NewApiKey) => ({ key_id: keyId, name, prefix, api_key: key });

function keyRoutes(app: App, { database }: AppDeps): void {
  app.get(
    '/me/api-keys',
    operation('listApiKeys', 'Your API keys, the newest first', { ...config, tags, response: { 200: ApiKeysReply } }),
    async (request) => ({ api_keys: (await listApiKeys(database, customerOf(request))).map(apiKeyReply) }),
  );
  app.post(
    '/me/api-keys',
    operation(
      'makeApiKey',
      'Create an API key; only this reply contains it, and the same Idempotency-Key does not create another',
      {
        ...config,
        errors: [409, 429],
        tags,
        headers: CommandHeaders,
        body: KeyBody,
        response: { 201: NewKeyReply },
      },
    ),
    async (request, reply) => {
      const { commandId } = commandRequestOf(request, customerOf(request));
      const made = await makeApiKey(database, sessionOf(request), { name: request.body.name, commandId });
      return reply.code(201).send(newKeyReply(made));
    },
  );
}

function oldKeyRoutes(app: App, deps: AppDeps): void {
  const { database } = deps;
  app.post(
    '/me/api-keys/:keyId/replace',
    operation('replaceApiKey', 'Replace an API key', {
      ...config,
      errors: [409, 429],
      tags,
      params: KeyParams,
      response: { 201: NewKeyReply },
    }),
    async (request, reply) =>
      reply.code(201).send(newKeyReply(await replaceApiKey(database, sessionOf(request), request.params.keyId))),
  );
  app.delete(
    '/me/api-keys/:keyId',
    operation('revokeApiKey', 'Revoke an API key', {
      ...config,
      tags,
      params: KeyParams,
      response: { 200: Type.Object({ revoked: Type.Boolean() }) },
    }),
    async (request) => {
      const { keyId } = request.params;
      await revokeApiKey(deps, { customerId: customerOf(request), keyId, actor: 'customer' });
      return { revoked: true };
    },
  );
}

/** A customer's own access: API keys and the password. */
export function meAccessRoutes(app: App, deps: AppDeps): void {
  keyRoutes(app, deps);
  oldKeyRoutes(app, deps);
  app.post(
    '/me/password',
    operation('changePassword', 'Change the password; all sessions end, and the reply contains a new one', {
      ...config,
      offered: signsInHere(deps.profile),
      errors: [429],
      tags,
      body: PasswordBody,
      response: { 200: PasswordReply },
    }),
    async (request, reply) => {
      const { old_password: old, new_password: wanted, revoke_api_keys: revokeKeys = false } = request.body;
      const owner = await changePassword(deps, askerOf(deps, request), customerOf(request), {
        old,
        wanted,
        revokeKeys,
      });
      const { token, expiresAt } = await openSession(deps, request, reply, owner);
      return { token, expires_at: expiresAt.toISOString() };
    },
  );
}
