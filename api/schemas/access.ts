import { Type } from 'typebox';
import type { ApiKeyView } from '../../infra/db/repositories/api-keys.ts';
import { Closed, Instant, Nullable, Reason } from './common.ts';

const Uuid = Type.String({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$', description: 'Id of an API key.' });
const Password = Type.String({ maxLength: 200 });

export const KeyParams = Closed({ keyId: Uuid });
export const KeyBody = Closed({
  name: Type.String({ maxLength: 60, pattern: '^\\P{C}*\\S\\P{C}*$', description: 'To tell keys apart.' }),
});
export const NewKeyReply = Type.Object({
  key_id: Type.String(),
  name: Type.String(),
  prefix: Type.String(),
  api_key: Type.String({ description: 'Shown this once. Send it as Authorization: Bearer <key>; it can read only.' }),
});
export const ApiKeysReply = Type.Object({
  api_keys: Type.Array(
    Type.Object({
      key_id: Type.String(),
      name: Type.String(),
      prefix: Type.String(),
      created_at: Instant,
      last_used_at: Nullable(Instant),
      revoked_at: Nullable(Instant),
    }),
  ),
});
export const apiKeyReply = ({ keyId, name, prefix, createdAt, lastUsedAt, revokedAt }: ApiKeyView) => ({
  ...{ key_id: keyId, name, prefix, created_at: createdAt.toISOString() },
  last_used_at: lastUsedAt?.toISOString() ?? null,
  revoked_at: revokedAt?.toISOString() ?? null,
});

export const PasswordBody = Closed({
  old_password: Password,
  new_password: Type.String({ maxLength: 200, description: 'At least 8 characters, 1 uppercase letter, 1 number.' }),
  revoke_api_keys: Type.Optional(Type.Boolean({ default: false })),
});
export const PasswordReply = Type.Object({ token: Type.String(), expires_at: Instant });

export const DeleteBody = Closed({
  password: Type.Optional(Password),
  company_name: Type.Optional(
    Type.String({ maxLength: 100, description: 'Instead of the password, by who has none yet.' }),
  ),
});

export const RevokeKeyBody = Closed({ key_id: Uuid, reason: Reason });
export const EraseBody = Closed({
  confirm: Type.String({ maxLength: 100, description: "The customer's id, or the name of their instance, once more." }),
  reason: Reason,
});
