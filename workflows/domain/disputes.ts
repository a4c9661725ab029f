/** A payment that the bank of the customer has taken back, or asks about, as Stripe says now. */
export interface Dispute {
  readonly id: string;
  /** As Stripe calls it. */
  readonly status: string;
  /** Minor units. */
  readonly amount: number;
  readonly currency: string;
  /** Why, as the bank says. */
  readonly reason: string;
  /** Until when evidence can be sent. ISO 8601. */
  readonly dueAt: string | null;
  /** Where support answers it. */
  readonly page: string;
}

/** An inquiry: the bank has not taken the money, and a refund ends it. */
const INQUIRY: readonly string[] = ['warning_needs_response', 'warning_under_review'];
const TAKEN_BACK: readonly string[] = ['needs_response', 'under_review'];

/** Whether the bank has still to decide. */
export const isUndecided = (status: string | null): boolean =>
  status !== null && (TAKEN_BACK.includes(status) || INQUIRY.includes(status));

/** Whether the bank has the money until it decides: a refund would pay it a second time. */
export const isTakenBack = (status: string | null): boolean => status !== null && TAKEN_BACK.includes(status);

export const isLost = (status: string | null): boolean => status === 'lost';

/** What a dispute means for support. */
export type DisputeStand = 'open' | 'lost' | 'over';

const standOf = ({ status }: Dispute): DisputeStand =>
  isUndecided(status) ? 'open' : isLost(status) ? 'lost' : 'over';

interface DisputeNews {
  readonly dispute: Dispute;
  readonly stand: DisputeStand;
}

/** What support does not know yet. */
export const disputeNews = (
  known: Readonly<Record<string, DisputeStand>>,
  disputes: readonly Dispute[],
): readonly DisputeNews[] =>
  disputes
    .map((dispute) => ({ dispute, stand: standOf(dispute) }))
    .filter(({ dispute: { id }, stand }) => known[id] !== stand);
