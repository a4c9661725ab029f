import type { Base, Metadata, Nullable } from './base.ts';

export interface Dispute extends Base<'dispute'> {
  amount: number;
  balance_transactions: object[];
  charge: string;
  currency: string;
  evidence: Record<string, unknown>;
  evidence_details: {
    due_by: Nullable<number>;
    enhanced_eligibility: object;
    has_evidence: boolean;
    past_due: boolean;
    submission_count: number;
  };
  is_charge_refundable: boolean;
  metadata: Metadata;
  payment_intent: Nullable<string>;
  payment_method_details: object;
  reason: string;
  status: 'needs_response' | 'under_review' | 'won' | 'lost';
}
