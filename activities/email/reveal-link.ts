import { createHash, randomBytes } from 'node:crypto';
import type { Database } from '../../infra/db/database.ts';
import { insertLink } from '../../infra/db/repositories/one-time-links.ts';
import { DAY_MS } from '../../workflows/domain/time.ts';

/** A link that shows the API key once. Only the token's hash is stored (acceptance part 14). */
export async function revealLink(database: Database, customerId: string, publicUrl: string): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  const tokenHash = createHash('sha256').update(token).digest('hex');
  await insertLink(database, { tokenHash, customerId, purpose: 'reveal_api_key', lifeSeconds: (7 * DAY_MS) / 1000 });
  return `${publicUrl}/reveal/${token}`;
}
