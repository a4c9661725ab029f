import type { BillingState } from '../domain/billing-state.ts';
import { disputeNews, type Dispute } from '../domain/disputes.ts';
import { money } from '../domain/money.ts';
import type { CustomerRun } from './customer-run.ts';
import { endAlert, openAlert } from './open-alert.ts';

const kindOf = ({ id }: Dispute): string => `dispute: ${id}`;

function inWords({ amount, currency, reason, dueAt, page }: Dispute): string {
  const due = dueAt === null ? '' : `; evidence is due by ${dueAt.slice(0, 16).replace('T', ' ')} UTC`;
  return `${money(amount, currency)}, ${reason.replaceAll('_', ' ')}${due}: ${page}`;
}

/**
 * Tells support once of each dispute, and once when it is lost; one that is won ends its alert. Nothing is taken away
 * because of a dispute: whether somebody who disputes a payment remains a customer is for a person to decide.
 */
export async function tellOfDisputes(customer: CustomerRun, { disputes = [] }: BillingState): Promise<void> {
  for (const { dispute, stand } of disputeNews(customer.state.disputes ?? {}, disputes)) {
    const alert = { step: 'payment', about: inWords(dispute) };
    if (stand === 'open') await openAlert(customer, { kind: kindOf(dispute), errorType: 'PaymentDisputed', ...alert });
    else await endAlert(customer, kindOf(dispute));
    if (stand === 'lost')
      await openAlert(customer, { kind: `lost ${kindOf(dispute)}`, errorType: 'DisputeLost', ...alert });
    customer.update({ disputes: { ...customer.state.disputes, [dispute.id]: stand } });
  }
}
