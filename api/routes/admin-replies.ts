import { hasInstance } from '../../workflows/domain/core-steps.ts';
import type { AttemptView, CustomerRow, StackView, StepView } from '../../infra/db/repositories/console.ts';
import { NO_INSTANCE } from '../support/status-words.ts';
import { attemptsAt, type CustomerDetail } from '../support/customer-detail.ts';
import { customerReply, iso } from './customer-replies.ts';

export const rowReply = (row: CustomerRow) => ({
  customer_id: row.customerId,
  company_name: row.companyName,
  email: row.email,
  plan: row.plan,
  phase: row.phase,
  standing: row.standing,
  attention: row.attention,
  deployment_status: hasInstance(row.terms) ? row.deploymentStatus : NO_INSTANCE,
  skip_provisioning: !hasInstance(row.terms),
  instance_url: row.instanceUrl,
  trial_ends_at: iso(row.trialEndsAt),
  created_at: row.createdAt.toISOString(),
});

const factsReply = ({ customer }: CustomerDetail) => ({
  ...customerReply(customer),
  slug: customer.slug,
  framework: customer.complianceFramework,
  subject: customer.subject,
  skip_provisioning: !hasInstance(customer.terms),
  region: customer.region,
  attention: customer.attention,
  deployment_error: customer.deploymentError,
  deployed_at: iso(customer.deployedAt),
  stripe_customer_id: customer.stripeCustomerId,
  stripe_subscription_id: customer.stripeSubscriptionId,
  clock_offset_ms: customer.clockOffsetMs,
  ended_at: iso(customer.endedAt),
});

const stackReply = (stack: StackView) => ({
  status: stack.status,
  version: stack.version,
  last_operation: stack.lastOperation,
  last_result: stack.lastResult,
  last_error: stack.lastError,
  started_at: iso(stack.startedAt),
  ended_at: iso(stack.endedAt),
  resources: [...stack.progress],
});

const attemptReply = (attempt: AttemptView) => ({
  direction: attempt.direction,
  attempt: attempt.attempt,
  state: attempt.state,
  error_type: attempt.errorType,
  error_message: attempt.errorMessage,
  started_at: attempt.startedAt.toISOString(),
  ended_at: iso(attempt.endedAt),
});

const stepReply = (step: StepView, attempts: readonly AttemptView[]) => ({
  step: step.step,
  epoch: step.epoch,
  generation: step.generation,
  state: step.state,
  input_hash: step.inputHash,
  output: step.output as Record<string, string | number> | null,
  replayed_by:
    step.replayActor === null ? null : { actor: step.replayActor, reason: step.replayReason, at: iso(step.replayAt) },
  attempt_log: attemptsAt(step, attempts).map(attemptReply),
  undo_state: step.undoState,
  attempts: step.attempts,
  error_type: step.errorType,
  error_message: step.errorMessage,
  started_at: iso(step.startedAt),
  ended_at: iso(step.endedAt),
});

const alertReply = (alert: CustomerDetail['alerts'][number]) => ({
  alert_id: alert.alertId,
  kind: alert.kind,
  step: alert.step,
  summary: alert.summary,
  suggested_fix: alert.suggestedFix,
  raised_count: alert.raisedCount,
  raised_at: alert.raisedAt.toISOString(),
  resolved_at: iso(alert.resolvedAt),
});

const invoiceReply = (invoice: CustomerDetail['invoices'][number]) => ({
  stripe_invoice_id: invoice.stripeInvoiceId,
  status: invoice.status,
  currency: invoice.currency,
  amount_due: invoice.amountDue,
  amount_paid: invoice.amountPaid,
  amount_refunded: invoice.amountRefunded,
  dispute:
    invoice.disputeId === null
      ? null
      : { id: invoice.disputeId, status: invoice.disputeStatus ?? '', due_at: iso(invoice.disputeDueAt) },
  created_at: invoice.invoiceCreatedAt.toISOString(),
});

const auditReply = ({ auditId, actor, who, action, reason, details, at }: CustomerDetail['audit'][number]) => ({
  audit_id: auditId,
  actor,
  who,
  action,
  reason,
  details,
  at: at.toISOString(),
});

export const detailReply = (detail: CustomerDetail) => ({
  customer: factsReply(detail),
  waiting_for: detail.status?.waitingFor ?? null,
  now: detail.status?.now ?? null,
  next_at: detail.status?.nextAt ?? null,
  steps: detail.steps.map((step) => stepReply(step, detail.attempts)),
  alerts: detail.alerts.map(alertReply),
  stack: detail.stack ? stackReply(detail.stack) : null,
  emails: detail.emails.map(({ emailId, template, state, sentAt, error }) => ({
    email_id: emailId,
    template,
    state,
    sent_at: iso(sentAt),
    error,
  })),
  invoices: detail.invoices.map(invoiceReply),
  audit: detail.audit.map(auditReply),
  workflow_url: detail.workflowUrl,
});
