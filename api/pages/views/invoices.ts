import { html } from 'ghtml';
import { isLost, isUndecided } from '../../../workflows/domain/disputes.ts';
import type { CustomerDetail } from '../../support/customer-detail.ts';
import { cell, section } from './tables.ts';
import { day, money } from './words.ts';

const STATUSES: Readonly<Record<string, string>> = {
  draft: 'being prepared',
  open: 'to be paid',
  void: 'cancelled',
  uncollectible: 'not collected',
};

type Invoice = CustomerDetail['invoices'][number];

const statusOf = ({ status, amountRefunded, currency, disputeStatus }: Invoice): string => {
  const word = STATUSES[status] ?? status;
  if (isUndecided(disputeStatus)) return `${word}, disputed by your bank`;
  const how = isLost(disputeStatus) ? 'given back by your bank' : 'refunded';
  return amountRefunded > 0 ? `${word}, ${money(amountRefunded, currency)} ${how}` : word;
};

/** The document, and Stripe's page of it; a draft has neither. */
const documentOf = ({ number, hostedUrl, pdfUrl }: Invoice): string => {
  const page = hostedUrl === null ? (number ?? '') : html`<a href="${hostedUrl}">${number ?? 'Invoice'}</a>`;
  return pdfUrl === null ? page : html`!${page} · <a href="${pdfUrl}">PDF</a>`;
};

/** Stripe writes an invoice of zero for a trial; showing it would only confuse. */
export const invoicesSection = (invoices: readonly Invoice[]): string =>
  section(
    'Invoices',
    ['Date', 'Amount', 'Status', 'Invoice'],
    invoices
      .filter(({ amountDue }) => amountDue > 0)
      .map((invoice) => [
        cell(day(invoice.invoiceCreatedAt)),
        cell(money(invoice.amountDue, invoice.currency)),
        cell(statusOf(invoice)),
        documentOf(invoice),
      ]),
  );
