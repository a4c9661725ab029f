import { html } from 'ghtml';
import type { CustomerDetail } from '../../support/customer-detail.ts';
import { invoicesSection } from './invoices.ts';
import type { Page } from './layout.ts';
import { day } from './words.ts';

interface Left {
  readonly companyName: string | null;
  readonly invoices: CustomerDetail['invoices'];
  /** Until when their backup is kept; null without one. */
  readonly keptUntil: Date | null;
}

export const leftPage = ({ companyName, invoices, keptUntil }: Left): Page => ({
  title: 'Your closed account',
  body: html`
    <h1>${companyName ?? 'Your closed account'}</h1>
    <p>Your account is closed, and you are not charged any more.</p>
    <p>
      ${
        keptUntil === null
          ? 'No data of yours is kept but these invoices.'
          : `A backup of your data is kept until ${day(keptUntil)}. Contact us before then if you need it, or if you want it deleted now.`
      }
    </p>
    !${invoicesSection(invoices) || html`<p>There are no invoices.</p>`}
  `,
});

export const leftNoMorePage: Page = {
  title: 'Link not valid',
  body: html`
    <h1>This link is no longer valid</h1>
    <p>It shows the invoices of a closed account for as long as its data is kept. Contact us if you need one.</p>
  `,
};
