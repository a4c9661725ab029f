import type { EndedSessions } from '../../target.ts';

/** What the supervisor asks an instance over their channel, and what it answers. Nothing else can reach this channel. */
export interface InstanceRequest {
  readonly id: number;
  readonly ask: 'reload' | 'usage' | 'are you there' | 'signOut';
  /** For `signOut`. */
  readonly ended?: EndedSessions | undefined;
}

export type InstanceMessage =
  | { readonly kind: 'ready'; readonly port: number }
  | { readonly kind: 'reply'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'refused'; readonly id: number; readonly message: string };

/** Exit code of an instance whose licence is not signed by us: starting it again would not help (EX_CONFIG). */
export const EXIT_LICENCE_INVALID = 78;
/** Exit code of an instance whose database is away: it starts when that is back (EX_TEMPFAIL). */
export const EXIT_DATABASE_AWAY = 75;
