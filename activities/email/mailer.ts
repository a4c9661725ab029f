import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { SendEmailCommand, SESServiceException, type SESClient } from '@aws-sdk/client-ses';
import { ApplicationFailure } from '@temporalio/common';
import type { Config } from '../../infra/config.ts';
import type { Database } from '../../infra/db/database.ts';
import * as emails from '../../infra/db/repositories/emails.ts';
import { getCustomer, type Customer } from '../../infra/db/repositories/customers.ts';
import { deliveryAddress } from '../../infra/input/email-address.ts';
import { findProfile } from '../../workflows/domain/profiles/index.ts';
import { renderMail } from './render.ts';
import { linksFor } from './one-time-link.ts';
import {
  CUSTOMER_MAILS,
  SUPPORT_MAILS,
  type CustomerMail,
  type MailFacts,
  type MailTemplate,
  type SupportMail,
} from './templates.ts';

const CLAIM_POLL_MS = 250;

export interface MailOrder {
  readonly customerId: string;
  /** One mail per key, for ever. */
  readonly key: string;
  readonly details?: MailFacts['details'];
}

export interface Mailer {
  sendToCustomer(mail: CustomerMail, order: MailOrder): Promise<void>;
  sendToSupport(mail: SupportMail, order: MailOrder): Promise<void>;
}

interface MailerDeps {
  readonly database: Database;
  readonly ses: SESClient;
  readonly mail: Config['mail'];
  readonly publicUrl: string;
}

/**
 * Sends each mail once. SES has no idempotency token (reliability E1), so a row is claimed first: a mail that was
 * certainly not taken is sent again, one whose answer was lost is recorded as `unknown` and not repeated.
 */
export function createMailer({ database, ses, mail, publicUrl }: MailerDeps): Mailer {
  async function deliver(template: MailTemplate, name: string, to: string | null, order: MailOrder): Promise<void> {
    const { customerId, key, details = {} } = order;
    const customer = await getCustomer(database, customerId);
    const address = to ?? customer.email;
    // An erased customer has no address any more; there is nobody to tell.
    if (address === null) return;
    if (await isSettled(database, key)) return;
    // Rendered before it is claimed: between claim and answer lies nothing but the one call.
    const rendered = await render(template, name, customer, details);
    const claim = await emails.claimEmail(database, { customerId, template: name, claimKey: key });
    if (!claim.isNew && claim.state !== 'failed') return;
    if (!claim.isNew) await emails.reclaimEmail(database, claim.emailId);
    await send(claim.emailId, address, rendered);
  }

  async function render(template: MailTemplate, name: string, customer: Customer, details: MailFacts['details']) {
    const { productName } = findProfile(customer.profile);
    const links = await linksFor(name, { database, publicUrl, customerId: customer.customerId });
    return renderMail(template, { customer, productName, publicUrl, details, links });
  }

  async function send(emailId: string, to: string, rendered: Awaited<ReturnType<typeof renderMail>>): Promise<void> {
    try {
      const { MessageId } = await ses.send(
        new SendEmailCommand({
          Source: mail.sender,
          Destination: { ToAddresses: [deliveryAddress(to)] },
          Message: {
            Subject: { Data: rendered.subject },
            Body: { Text: { Data: rendered.text }, Html: { Data: rendered.html } },
          },
          Tags: [{ Name: 'msg_id', Value: createHash('sha256').update(emailId).digest('hex').slice(0, 32) }],
        }),
      );
      await emails.recordEmailSent(database, emailId, MessageId ?? null);
    } catch (error) {
      const refused = error instanceof SESServiceException || isConnectionRefused(error);
      await emails.recordEmailProblem(database, emailId, refused ? 'failed' : 'unknown', errorName(error));
      throw refused ? ApplicationFailure.retryable(errorName(error), 'MailNotSent') : answerLost(errorName(error));
    }
  }

  return {
    sendToCustomer: (name, order) => deliver(CUSTOMER_MAILS[name], name, null, order),
    sendToSupport: (name, order) => deliver(SUPPORT_MAILS[name], name, mail.support, order),
  };
}

/**
 * Whether there is nothing to do for this key. A claim of seconds ago may be of an attempt that is still under way;
 * whoever made an older one has died before the answer. Whether that mail went out is not known, so that is told, and
 * it is not sent again by itself.
 */
async function isSettled(database: Database, key: string): Promise<boolean> {
  let known = await emails.findEmail(database, key);
  while (known?.state === 'claimed' && !known.isOld) {
    await delay(CLAIM_POLL_MS);
    known = await emails.findEmail(database, key);
  }
  if (known?.state !== 'claimed' && known?.state !== 'unknown') return known?.state === 'sent';
  await emails.recordEmailProblem(database, known.emailId, 'unknown', 'AnswerLost');
  throw answerLost('AnswerLost');
}

const answerLost = (message: string): ApplicationFailure => ApplicationFailure.nonRetryable(message, 'MailAnswerLost');

/** Names only: the text of an SES error can repeat the address. */
const errorName = (error: unknown): string => (error instanceof Error ? error.name : 'UnknownError');
const isConnectionRefused = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
