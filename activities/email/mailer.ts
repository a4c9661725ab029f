import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../../infra/config.ts';
import type { Database } from '../../infra/db/database.ts';
import * as emails from '../../infra/db/repositories/emails.ts';
import { getCustomer } from '../../infra/db/repositories/customers.ts';
import { deliveryAddress } from '../../infra/input/email-address.ts';
import type { MailFacts } from '../../infra/product/define-mail.ts';
import { linkBase } from '../../infra/product/link-base.ts';
import { stepsOf } from '../../workflows/domain/core-steps.ts';
import { stepOfMail } from '../../workflows/domain/steps.ts';
import { detailsWhenLate, isOvertaken } from './overtaken.ts';
import { ALERT, MailNotRendered, prepare, type Prepared } from './prepare.ts';
import { remindProspect } from './prospect-mail.ts';
import { renderMail, type RenderedMail } from './render.ts';
import { findSilence, sendMessage } from './send-message.ts';
import { answerLost, meaningOf } from './ses-failure.ts';
import { DIFFERENCE_MAIL, type DifferenceFacts } from './support-mails/difference.ts';
import type { MailerDeps } from './mailer-deps.ts';
import { OUTAGE_MAIL, type OutageFacts } from './support-mails/outage.ts';

const CLAIM_POLL_MS = 250;

export interface MailRequest {
  readonly customerId: string;
  /** One mail per key, for ever. */
  readonly key: string;
  readonly details?: MailFacts['details'];
}

/**
 * Every method sends at most one mail for its key. It fails as `MailServiceUnavailable` or `MailNotSent` when the mail
 * certainly did not go out, as `MailAnswerLost` when nobody knows, which is not sent again by itself, and with
 * `MailNotRendered` when it has no text.
 */
export interface Mailer {
  sendToCustomer(mail: string, request: MailRequest): Promise<void>;
  /** An alert about this customer. */
  sendToSupport(request: MailRequest): Promise<void>;
  /** Reminds a prospect, once. */
  remindProspect(customerId: string): Promise<void>;
  /** Sends a mail whose claim failed, unless it no longer applies. */
  sendOwed(emailId: string): Promise<void>;
  /** Tells support about an outage; it fails when the mail certainly did not go out. The caller sends it only once. */
  sendOutage: (outage: Omit<OutageFacts, 'brand' | 'publicUrl'>) => Promise<void>;
  /** The same for customers of a product whose records differ. Empty: of no product in particular. */
  sendDifference: (
    difference: Omit<DifferenceFacts, 'brand' | 'publicUrl'> & { readonly profile: string },
  ) => Promise<void>;
}

const envelopeOf = ({ sender: from, events }: Config['mail']) => ({
  from,
  configurationSet: events?.configurationSet,
});

/** Support finds a mail without a text among the unsent ones, and can send it once it has one. */
const oweUnrendered =
  (database: Database, email: emails.NewEmail) =>
  async (error: unknown): Promise<never> => {
    if (!(error instanceof MailNotRendered)) throw error;
    await database.transaction().execute(async (tx) => {
      const { isNew, emailId } = await emails.claimEmail(tx, email);
      if (isNew) await emails.recordEmailProblem(tx, emailId, 'failed', error.of);
    });
    throw error;
  };

/**
 * Sends each mail once. SES has no idempotency token, so a row is claimed first: a mail that was certainly not accepted
 * is sent again; one with a lost answer is recorded as `unknown` and not repeated, until an event of SES settles it.
 */
export function createMailer(deps: MailerDeps): Mailer {
  const { database, ses, mail } = deps;
  async function deliver(name: string, request: MailRequest): Promise<void> {
    const { customerId, key: claimKey, details = {} } = request;
    const customer = await getCustomer(database, customerId);
    const address = name === ALERT ? mail.support : customer.email;
    // An erased customer no longer has an address; there is nobody to send to.
    if (address === null) return;
    if (await isSettled(database, claimKey)) return;
    const isStep = stepOfMail(stepsOf(customer.terms), name) !== undefined;
    if (isStep && (await emails.cameAllTheSame(database, { customerId, template: name }))) return;
    // Before the claim: between claim and answer there must be nothing but the one call.
    const email = { customerId, template: name, claimKey, details };
    const prepared = await prepare(deps, { to: deliveryAddress(address), name, customer, details }).catch(
      oweUnrendered(database, email),
    );
    // The address was corrected meanwhile: links that open the account go only to the new one.
    if (!prepared) return deliver(name, request);
    const claim = await emails.claimEmail(database, email);
    if (claim.isNew || (await emails.reclaimEmail(database, claim.emailId))) await send(claim.emailId, prepared);
    else await prepared.links.takeBack();
  }

  async function send(emailId: string, { to, rendered, links, silence }: Prepared): Promise<void> {
    const message = { ...envelopeOf(mail), ...{ to, id: emailId }, ...rendered };
    const call = silence === undefined ? sendMessage(ses, message) : Promise.reject(silence);
    const sesMessageId = await call.catch(async (error: unknown) => {
      const { state, name, failure } = meaningOf(error);
      if (!(await emails.recordEmailProblem(database, emailId, state, name))) return undefined;
      if (state === 'failed') await links.takeBack();
      throw failure;
    });
    if (sesMessageId === undefined) return;
    await retryWrite(() => emails.recordEmailSent(database, emailId, sesMessageId));
  }

  return {
    sendToCustomer: deliver,
    sendToSupport: (request) => deliver(ALERT, request),
    remindProspect: (customerId) => remindProspect(deps, customerId),
    async sendOwed(emailId) {
      const { customerId, template, claimKey: key, details } = await emails.getEmail(database, emailId);
      const customer = await getCustomer(database, customerId);
      if (template !== ALERT && (customer.email === null || isOvertaken(template, customer)))
        return emails.overtakeEmail(database, emailId);
      return deliver(template, { customerId, key, details: detailsWhenLate(template, customer, details) });
    },
    ...supportMailer(deps),
  };
}

/**
 * Mails about no customer in particular: no row is claimed for them. One with a lost answer counts as sent: a second
 * mail is not worth it, because the console shows the same.
 */
function supportMailer({ ses, mail, products, ...pages }: Omit<MailerDeps, 'database'>) {
  const [first] = products;
  const of = (name: string) => ({
    brand: (products.find(({ profile }) => profile.name === name) ?? first)?.profile.brand ?? { name: 'Tenure' },
    publicUrl: linkBase(pages, name),
  });
  async function mailSupport(id: string, rendered: RenderedMail): Promise<void> {
    const message = { ...envelopeOf(mail), ...{ to: mail.support, id }, ...rendered };
    try {
      const silence = await findSilence(ses);
      if (silence !== undefined) throw silence;
      await sendMessage(ses, message);
    } catch (error) {
      const { state, failure } = meaningOf(error);
      if (state !== 'unknown') throw failure;
    }
  }
  return {
    sendOutage: async (outage) => mailSupport(outage.outageId, await renderMail(OUTAGE_MAIL, { ...outage, ...of('') })),
    sendDifference: async ({ profile, ...difference }) =>
      mailSupport(randomUUID(), await renderMail(DIFFERENCE_MAIL, { ...difference, ...of(profile) })),
  } satisfies Partial<Mailer>;
}

const RECORD_WITHIN_MS = 12_000;
const RECORD_POLL_MS = 500;

/** Postgres may restart at the very instant a mail is sent: a known result must not become unknown. */
async function retryWrite(write: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + RECORD_WITHIN_MS;
  for (;;) {
    try {
      await write();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await delay(RECORD_POLL_MS);
    }
  }
}

/**
 * Whether there is nothing to do for this key. A claim of a few seconds ago may belong to an attempt that is still
 * running; an older one belongs to an attempt that died before the answer. Nobody knows whether that mail went out, so
 * this is reported, and the mail is not sent again automatically.
 */
async function isSettled(database: Database, key: string): Promise<boolean> {
  let known = await emails.findEmail(database, key);
  while (known?.state === 'claimed' && !known.isOld) {
    await delay(CLAIM_POLL_MS);
    known = await emails.findEmail(database, key);
  }
  if (known === undefined || known.state === 'failed') return false;
  if (known.state === 'sent' || known.state === 'overtaken') return true;
  if (await emails.recordEmailProblem(database, known.emailId, 'unknown', 'AnswerLost')) throw answerLost('AnswerLost');
  return true;
}
