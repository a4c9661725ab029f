import type { Queryable } from '../../infra/db/database.ts';
import type { Customer } from '../../infra/db/repositories/customers.ts';
import { findDue, findPaidInvoice, type InvoiceRow } from '../../infra/db/repositories/invoices.ts';
import type { CoreMailName } from '../../infra/mails/index.ts';
import type { Charge } from '../../infra/product/define-mail.ts';
import { money } from '../../workflows/domain/money.ts';
import { findProfile, PER } from '../../workflows/domain/profiles/index.ts';
import { firstCharge, priceAgreed } from '../../workflows/domain/terms.ts';

type Find = (db: Queryable, customer: Customer) => Promise<Charge | undefined> | Charge | undefined;

/** What the trial is followed by, as agreed: a discount that somebody gave in Stripe is not known here. */
const afterTrial: Find = (_db, { profile, terms, trialEndsAt: at, createdAt: since }) => {
  const price = priceAgreed(terms, findProfile(profile));
  if (price === undefined || at === null) return undefined;
  const first = firstCharge(terms, price, { at, since });
  const [amount, full] = [money(first, price.currency), money(price.cents, price.currency)];
  return { amount, per: PER[price.cycle], at, ...(first < price.cents && { withoutDiscount: full }) };
};

const ofPaid = (invoice: InvoiceRow | undefined): Charge | undefined =>
  invoice && { amount: money(invoice.amountPaid, invoice.currency), at: invoice.invoiceCreatedAt };

const stillDue: Find = async (db, { customerId }) => {
  const due = await findDue(db, customerId);
  return (
    due && { amount: money(due.amount, due.currency), at: due.since, ...(due.page !== null && { page: due.page }) }
  );
};

/** The workflow has read Stripe's invoices, and so stored them, before it sends these mails. */
const CHARGES: Readonly<Partial<Record<CoreMailName, Find>>> = {
  trialReminder: afterTrial,
  subscriptionStarted: async (db, { customerId }) => ofPaid(await findPaidInvoice(db, customerId)),
  paymentFailed: stillDue,
  paymentOverdue: stillDue,
};

/** The charge that a mail is about; undefined where it is about none, or none is known. */
export const chargeOf = async (db: Queryable, name: string, customer: Customer): Promise<Charge | undefined> =>
  (CHARGES as Readonly<Record<string, Find | undefined>>)[name]?.(db, customer);
