import type { ChangesWhen } from '../domain/plan-change.ts';
import type { SoldPlan } from '../domain/terms.ts';

/** What another plan would cost, looked up by the workflow `planPreview`. */
export const PLAN_PREVIEW = 'planPreview';

export interface PlanPreviewInput {
  readonly customerId: string;
  readonly to: SoldPlan;
  readonly when: ChangesWhen;
  /** The customer's own. ISO 8601. */
  readonly now: string;
}

/** What a change of the plan costs. Amounts are in the smallest unit of the currency. */
export interface PlanPreview {
  /** Charged at once. */
  readonly dueNow: number;
  readonly currency: string;
  readonly next: { readonly cents: number; readonly at: string };
}

export const planPreviewWorkflowId = (customerId: string, id: string): string => `plan-preview/${customerId}/${id}`;
