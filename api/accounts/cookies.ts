import type { AppDeps } from '../http/deps.ts';

const isSecure = ({ config }: Pick<AppDeps, 'config'>): boolean => config.api.publicUrl.startsWith('https:');

/** The prefix makes browsers require Secure, no Domain and Path=/; it cannot be used with plain http. */
export const cookieNamed = (deps: Pick<AppDeps, 'config'>, name: string): string =>
  `${isSecure(deps) ? '__Host-' : ''}tenure-${name}`;

export const cookieOptions = (deps: Pick<AppDeps, 'config'>) =>
  ({ path: '/', httpOnly: true, secure: isSecure(deps), sameSite: 'lax' }) as const;
