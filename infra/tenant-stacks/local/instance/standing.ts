import { daysUntil } from '../../../../workflows/domain/time.ts';
import type { InstanceCredentials } from '../folder.ts';
import type { Licence } from './licence.ts';

export type State = 'active' | 'read_only' | 'licence_expired' | 'suspended';

interface Rule {
  /** Status of a refused write. */
  readonly writes: 200 | 423 | 402;
  readonly pages: 200 | 402;
  readonly notice: string;
}

/** What each state lets the tenant's people do, and what they are told. */
export const STANDING = {
  active: { writes: 200, pages: 200, notice: '' },
  read_only: {
    writes: 423,
    pages: 200,
    notice:
      'This instance is read-only: the trial or the paid period has ended. Choose a plan on your account page to continue.',
  },
  licence_expired: {
    writes: 423,
    pages: 200,
    notice: 'This instance is read-only: its licence has expired. Renew it on your account page to continue.',
  },
  suspended: {
    writes: 402,
    pages: 402,
    notice: 'This instance is suspended. Your data is kept for now: choose a plan on your account page to restore it.',
  },
} as const satisfies Record<State, Rule>;

/** The customer's time: real time, moved as far as their clock was. */
const nowOf = ({ clockOffsetMs }: InstanceCredentials): Date => new Date(Date.now() + clockOffsetMs);

/** An expired licence takes from an active customer what a read-only one lacks. It never gives anything. */
export function stateOf(credentials: InstanceCredentials, licence: Licence): State {
  if (credentials.mode !== 'active') return credentials.mode;
  return licence.expiresAt <= nowOf(credentials) ? 'licence_expired' : 'active';
}

export function daysLeft(credentials: InstanceCredentials): number | null {
  if (credentials.trialEndsAt === null) return null;
  return daysUntil(Date.parse(credentials.trialEndsAt), nowOf(credentials).getTime());
}
