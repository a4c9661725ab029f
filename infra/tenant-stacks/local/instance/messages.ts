import { Type, type Static } from 'typebox';
import type { EndedSessions } from '../../target.ts';

/** What the supervisor asks an instance over their channel, and what it answers. Nothing else can reach this channel. */
export interface InstanceRequest {
  readonly id: number;
  readonly ask: 'reload' | 'usage' | 'are you there' | 'signOut';
  /** For `signOut`. */
  readonly ended?: EndedSessions | undefined;
}

/** What an instance says, which is checked: its code may have been taken over. */
export const InstanceMessage = Type.Union([
  Type.Object({ kind: Type.Literal('ready'), port: Type.Integer({ minimum: 1, maximum: 65_535 }) }),
  Type.Object({ kind: Type.Literal('reply'), id: Type.Integer(), value: Type.Optional(Type.Unknown()) }),
  Type.Object({ kind: Type.Literal('refused'), id: Type.Integer(), message: Type.String() }),
]);
export type InstanceMessage = Static<typeof InstanceMessage>;

/** The descriptor of the channel, in the instance's process. One message a line, as JSON, both ways. */
export const CHANNEL_FD = 3;

/** Exit code of an instance whose licence is not signed by us: starting it again would not help (EX_CONFIG). */
export const EXIT_LICENCE_INVALID = 78;
/** Exit code of an instance whose database is away: it starts when that is back (EX_TEMPFAIL). */
export const EXIT_DATABASE_AWAY = 75;
