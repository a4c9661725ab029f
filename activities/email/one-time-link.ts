import type { Database } from '../../infra/db/database.ts';
import { hasPassword } from '../../infra/db/repositories/accounts.ts';
import { insertLink, type LinkPurpose } from '../../infra/db/repositories/one-time-links.ts';
import { hashToken, newToken } from '../../infra/tokens.ts';
import { DAY_MS, HOUR_MS } from '../../workflows/domain/time.ts';
import type { MailFacts } from './templates.ts';

interface LinkKind {
  readonly purpose: LinkPurpose;
  readonly path: string;
  readonly lifeMs: number;
}

/** A link that is asked for is used at once; one in a mail nobody waits for lives longer. */
const LINK_KINDS = {
  revealApiKey: { purpose: 'reveal_api_key', path: 'reveal', lifeMs: 7 * DAY_MS },
  firstPassword: { purpose: 'set_password', path: 'set-password', lifeMs: DAY_MS },
  newPassword: { purpose: 'set_password', path: 'set-password', lifeMs: HOUR_MS },
} as const satisfies Record<string, LinkKind>;

interface LinksOf {
  readonly database: Database;
  readonly customerId: string;
  readonly publicUrl: string;
}

/** A link that works once. Only the hash of its token is stored, and the token is in the mail alone. */
async function oneTimeLink(
  kind: keyof typeof LINK_KINDS,
  { database, customerId, publicUrl }: LinksOf,
): Promise<string> {
  const { purpose, path, lifeMs } = LINK_KINDS[kind];
  const token = newToken();
  await insertLink(database, { tokenHash: hashToken(token), customerId, purpose, lifeSeconds: lifeMs / 1_000 });
  return `${publicUrl}/${path}/${token}`;
}

/** The links only this mail carries, made now. Whoever has a password gets no link that sets one unasked. */
export async function linksFor(mail: string, of: LinksOf): Promise<MailFacts['links']> {
  if (mail === 'passwordLink') return { setPassword: await oneTimeLink('newPassword', of) };
  if (mail === 'apiKeyLink') return { revealApiKey: await oneTimeLink('revealApiKey', of) };
  if (mail !== 'welcome') return {};
  const revealApiKey = await oneTimeLink('revealApiKey', of);
  if (await hasPassword(of.database, of.customerId)) return { revealApiKey };
  return { revealApiKey, setPassword: await oneTimeLink('firstPassword', of) };
}
