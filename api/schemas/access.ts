import { Type } from 'typebox';
import type { ApiKeyView } from '../../infra/db/repositories/api-keys.ts';
import { Closed, Instant, NewPassword, Nullable, Password, Patterned, Uuid } from './common.ts';

export const KeyParams = Closed({ keyId: Uuid });
export const KeyBody = Closed(
  { name: Patterned('seen', { minLength: 1, maxLength: 60, description: 'To tell keys apart.' }) },
  { examples: [{ name: 'Monitoring' }] },
);
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

export const PasswordBody = Closed(
  {
    old_password: Password,
    new_password: NewPassword,
    revoke_api_keys: Type.Optional(Type.Boolean({ default: false })),
  },
  { examples: [{ old_password: 'Lovelace1815', new_password: 'Babbage1791' }] },
);
export const PasswordReply = Type.Object({ token: Type.String(), expires_at: Instant });

export const DeleteBody = Closed(
  {
    password: Type.Optional(Password),
    company_name: Type.Optional(
      Patterned('text', { maxLength: 100, description: 'Instead of the password, while there is none yet.' }),
    ),
  },
  { examples: [{ password: 'Lovelace1815' }] },
);
