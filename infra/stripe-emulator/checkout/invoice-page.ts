import { html } from 'ghtml';
import type { Invoice } from '../objects/billing.ts';
import { price } from '../money.ts';
import { cardForm, type CardFormView } from './card-form.ts';
import { layout } from './page.ts';

export type InvoiceView = Pick<CardFormView, 'authenticating' | 'error'>;

/** The amounts of an invoice as they are shown, the lines first. */
export function invoiceRows(invoice: Invoice): [string, string][] {
  const { currency, lines } = invoice;
  const rows: [string, number][] = lines.data.map(({ description, amount }) => [description, amount]);
  const discounted = invoice.subtotal - invoice.total;
  if (discounted !== 0) rows.push(['Discount', -discounted]);
  if (invoice.starting_balance !== 0) rows.push(['Balance', invoice.starting_balance]);
  rows.push(['Amount due', invoice.amount_due], ['Paid', invoice.amount_paid]);
  return rows.map(([label, amount]) => [label, price(amount, currency)]);
}

export const isPayable = ({ status }: Invoice): boolean => status === 'open' || status === 'uncollectible';

function payment({ amount_remaining, currency, customer_email: email }: Invoice, view: Partial<InvoiceView>): string {
  const button = `Pay ${price(amount_remaining, currency)}`;
  return cardForm({ authenticating: undefined, error: undefined, ...view, ...{ email, button, cancelUrl: undefined } });
}

/** What an invoice's `hosted_invoice_url` shows; one that is open can be paid there. */
export function invoicePage(invoice: Invoice, view: Partial<InvoiceView> = {}): string {
  const { number, status, invoice_pdf: pdf } = invoice;
  const rows = invoiceRows(invoice).map(
    ([label, amount]) =>
      html`<tr>
        <td>${label}</td>
        <td>${amount}</td>
      </tr>`,
  );
  const summary = html`<section>
    <h1>Invoice ${number ?? ''}</h1>
    <p>${new Date(invoice.created * 1000).toUTCString()} · <strong>${status}</strong></p>
    <table>
      <tbody>
        !${rows.join('')}
      </tbody>
    </table>
    !${pdf ? html`<p><a href="${pdf}">Download PDF</a></p>` : ''}
  </section>`;
  return layout(`Invoice ${number ?? ''} (local)`, `${summary}${isPayable(invoice) ? payment(invoice, view) : ''}`);
}
