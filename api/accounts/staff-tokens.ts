import type { StaffRole } from '../../infra/db/repositories/sessions.ts';
import { sameToken } from '../../infra/tokens.ts';
import type { AppDeps } from '../deps.ts';

/** What a configured token lets its bearer be; undefined when it is none of them. */
export function roleOfToken({ config }: Pick<AppDeps, 'config'>, token: string): StaffRole | undefined {
  const { staffToken, supportToken } = config.api;
  if (sameToken(token, staffToken)) return 'operator';
  return supportToken !== undefined && sameToken(token, supportToken) ? 'support' : undefined;
}
