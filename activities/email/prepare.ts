import type { SESClient } from '@aws-sdk/client-ses';
import type { Database } from '../../infra/db/database.ts';
import type { Customer } from '../../infra/db/repositories/customers.ts';
import type { Product } from '../../infra/product/define-product.ts';
import { linkBase, type LinkBases } from '../../infra/product/link-base.ts';
import type { Mail, MailCustomer, MailFacts } from '../../infra/product/define-mail.ts';
import { hasInstance } from '../../workflows/domain/core-steps.ts';
import type { MailLink } from '../../infra/mails/core-mail.ts';
import { findCoreMail, type CoreMailName } from '../../infra/mails/index.ts';
import { money } from '../../workflows/domain/money.ts';
import { findProfile, PER, planName } from '../../workflows/domain/profiles/index.ts';
import { priceSold } from '../../workflows/domain/terms.ts';
import { contentsOf } from '../../infra/customers/plan-contents.ts';
import { chargeOf } from './charge.ts';
import { linksFor, type OneTimeLinks } from './one-time-link.ts';
import { renderMail, type RenderedMail } from './render.ts';
import { findSilence, type MailServiceSilent } from './send-message.ts';
import { ALERT_MAIL } from './support-mails/alert.ts';

export const ALERT = 'alert';

export interface ToPrepare {
  readonly to: string;
  readonly name: string;
  readonly customer: Customer;
  readonly details: MailFacts['details'];
}

export interface Prepared {
  readonly to: string;
  readonly rendered: RenderedMail;
  readonly links: OneTimeLinks;
  /** Why the mail is not even handed to the service. */
  readonly silence: MailServiceSilent | undefined;
}

interface PrepareDeps extends LinkBases {
  readonly database: Database;
  readonly ses: SESClient;
  readonly products: readonly Pick<Product, 'profile' | 'mails'>[];
}

const IS_CLASS = /^\w{1,60}$/;

/** A mail has no text: it threw, or said nothing. What it threw may name a person, so only its class goes on. */
export class MailNotRendered extends Error {
  override readonly name = 'MailNotRendered';
  readonly of: string;

  constructor(cause: unknown) {
    super('The text of the mail could not be made.', { cause });
    this.of = cause instanceof Error && IS_CLASS.test(cause.name) ? cause.name : 'Unknown';
  }
}

const ownMail = (
  products: PrepareDeps['products'],
  name: string,
  { profile: of }: Pick<Customer, 'profile'>,
): Mail | undefined => {
  const { mails = {} } = products.find(({ profile }) => profile.name === of) ?? {};
  return Object.hasOwn(mails, name) ? mails[name] : undefined;
};

/** A product's own text comes before the core's, for its own customers. */
export function mailOf(products: PrepareDeps['products'], name: string, customer: Pick<Customer, 'profile'>): Mail {
  const mail = ownMail(products, name, customer) ?? findCoreMail(name);
  if (mail === undefined) throw new Error(`No product here has a mail "${name}".`);
  return mail;
}

const linksOf = (products: PrepareDeps['products'], name: string, customer: Customer): readonly MailLink[] =>
  ownMail(products, name, customer)?.links ?? findCoreMail(name)?.links ?? [];

/** Anybody can type somebody else's address at the signup, so the first mail repeats nothing else that was typed. */
const UNPROVEN: ReadonlySet<string> = new Set<CoreMailName>(['welcome']);
const UNSAID = { companyName: null, slug: null, instanceUrl: null };

function planAheadOf({ profile, terms: { planAhead } }: Customer): MailCustomer['planAhead'] {
  if (!planAhead) return undefined;
  const { plan, from } = planAhead;
  const price = priceSold(plan);
  return {
    name: planName(findProfile(profile), plan.plan),
    price: price ? `${money(price.cents, price.currency)} ${PER[price.cycle]}` : '',
    from: new Date(from),
  };
}

function asShown(customer: Customer, name: string): MailCustomer {
  const { customerId: id, companyName, email, slug, plan, region, instanceUrl, trialEndsAt, phase, terms } = customer;
  return {
    ...{ id, companyName, email, slug, plan, region, instanceUrl, trialEndsAt, ...contentsOf(terms) },
    planName: planName(findProfile(customer.profile), plan),
    planAhead: planAheadOf(customer),
    isPaying: phase === 'subscription',
    hasInstance: hasInstance(terms),
    ...(UNPROVEN.has(name) && UNSAID),
  };
}

async function render(
  deps: PrepareDeps,
  { name, customer, details }: ToPrepare,
  links: MailFacts['links'],
): Promise<RenderedMail> {
  const { brand } = findProfile(customer.profile);
  const facts = { brand, publicUrl: linkBase(deps, customer.profile), details };
  if (name === ALERT) return renderMail(ALERT_MAIL, { ...facts, customerId: customer.customerId });
  const mail = mailOf(deps.products, name, customer);
  const charge = await chargeOf(deps.database, name, customer);
  return renderMail(mail, { ...facts, links, charge, customer: asShown(customer, name), terms: customer.terms });
}

/**
 * Everything that a mail needs before it is claimed.
 * @returns undefined when the customer's address is not the one any more that the mail is to go to
 * @throws MailNotRendered when it has no text
 */
export async function prepare(deps: PrepareDeps, what: ToPrepare): Promise<Prepared | undefined> {
  const { database, ses, products } = deps;
  const { to, name, customer } = what;
  const silence = await findSilence(ses);
  const mail = { name, links: linksOf(products, name, customer) };
  const links = await linksFor(mail, { database, publicUrl: linkBase(deps, customer.profile), customer });
  if (!links) return undefined;
  try {
    // So that a synchronous throw is caught too.
    const rendered = await Promise.resolve().then(() => render(deps, what, links.urls));
    return { to, rendered, links, silence };
  } catch (error) {
    await links.takeBack();
    throw new MailNotRendered(error);
  }
}
