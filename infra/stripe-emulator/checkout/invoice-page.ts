import { html } from 'ghtml';
import type { Invoice } from '../objects/billing.ts';
import { price } from '../money.ts';
import { layout } from './page.ts';

const row = (label: string, amount: number, currency: string): string =>
  html`<tr>
    <td>${label}</td>
    <td>${price(amount, currency)}</td>
  </tr>`;

/** What an invoice's `hosted_invoice_url` shows. */
export function invoicePage(invoice: Invoice): string {
  const { currency, lines, number, status } = invoice;
  const rows = lines.data.map(({ description, amount }) => row(description, amount, currency));
  const discounted = invoice.subtotal - invoice.total;
  if (discounted !== 0) rows.push(row('Discount', -discounted, currency));
  if (invoice.starting_balance !== 0) rows.push(row('Balance', invoice.starting_balance, currency));
  rows.push(row('Amount due', invoice.amount_due, currency), row('Paid', invoice.amount_paid, currency));
  return layout(
    `Invoice ${number ?? ''} (local)`,
    html`<section>
      <h1>Invoice ${number ?? ''}</h1>
      <p>${new Date(invoice.created * 1000).toUTCString()} · <strong>${status}</strong></p>
      <table>
        <tbody>
          !${rows.join('')}
        </tbody>
      </table>
    </section>`,
  );
}
