import { Type } from 'typebox';
import { verifyAudit, type Anchor } from '../../infra/db/repositories/audit-chain.ts';
import type { App } from '../http/app-type.ts';
import { operation } from '../http/operation.ts';
import type { AppDeps } from '../http/deps.ts';
import { Closed, Nullable, Patterned } from '../schemas/common.ts';

const Position = Type.Integer({ description: 'Place in the chain, from 1.' });
export const AuditReply = Type.Object({
  ok: Type.Boolean(),
  rows: Type.Integer(),
  erased: Type.Integer({ description: 'Rows whose reason and details have been erased since.' }),
  broken: Nullable(
    Type.Object({ position: Nullable(Position), audit_id: Nullable(Type.Integer()), why: Type.String() }),
  ),
  anchor: Nullable(
    Type.String({ description: 'The newest link, position:hash. Keep it elsewhere, and pass it the next time.' }),
  ),
});
const querystring = Closed({
  anchor: Type.Optional(
    Patterned('anchor', {
      description: 'As printed by an earlier check: position:hash.',
      examples: [`1204:${'0f'.repeat(32)}`],
    }),
  ),
});

function anchorOf(text: string | undefined): Anchor | undefined {
  const [position, hash] = text?.split(':') ?? [];
  return hash === undefined ? undefined : { position: Number(position), hash };
}

export function adminAuditRoutes(app: App, { database }: AppDeps): void {
  app.get(
    '/api/admin/audit/verify',
    operation('verifyAudit', 'Whether the audit trail is unchanged; names the first row that was changed', {
      access: 'operator',
      tags: ['admin'],
      querystring,
      response: { 200: AuditReply },
    }),
    async (request) => {
      const { rows, erased, broken, anchor } = await verifyAudit(database, anchorOf(request.query.anchor));
      return {
        ...{ ok: broken === null, rows, erased },
        broken: broken && { position: broken.position, audit_id: broken.auditId, why: broken.why },
        anchor: anchor && `${String(anchor.position)}:${anchor.hash}`,
      };
    },
  );
}
