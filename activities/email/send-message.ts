import { GetSendQuotaCommand, SendEmailCommand, SESServiceException, type SESClient } from '@aws-sdk/client-ses';
import { EMAIL_TAG } from '../../infra/mail-events.ts';
import type { RenderedMail } from './render.ts';

interface Message extends RenderedMail {
  readonly from: string;
  readonly to: string;
  /** Ours; SES repeats it in each of its events about the mail. */
  readonly id: string;
  readonly configurationSet: string | undefined;
}

/** Clients whose newest call was never answered. */
const silent = new WeakSet<SESClient>();

/** The mail service did not even answer a harmless request, so it was not given the mail. */
export class MailServiceSilent extends Error {
  override readonly name = 'MailServiceSilent';
}

/** A refusal is an answer too, and so is a reply that the SDK cannot read. */
const isAnswer = (error: unknown): boolean =>
  error instanceof SESServiceException || (error instanceof Error && '$response' in error);

/**
 * After a call without an answer, the service is first asked a harmless request before it gets the next mail, so that
 * only few mails are in doubt however long it is down. Call this before a mail is claimed: a claim lasts only for the
 * one call that sends.
 */
export async function findSilence(ses: SESClient): Promise<MailServiceSilent | undefined> {
  if (!silent.has(ses)) return undefined;
  try {
    await ses.send(new GetSendQuotaCommand());
  } catch (error) {
    if (!isAnswer(error)) return new MailServiceSilent();
  }
  silent.delete(ses);
  return undefined;
}

/** One call to SES. @returns the id SES gave the mail */
export async function sendMessage(
  ses: SESClient,
  { from, to, id, configurationSet, ...mail }: Message,
): Promise<string | null> {
  const order = new SendEmailCommand({
    Source: from,
    Destination: { ToAddresses: [to] },
    Message: {
      Subject: { Data: mail.subject },
      Body: { Text: { Data: mail.text }, Html: { Data: mail.html } },
    },
    Tags: [{ Name: EMAIL_TAG, Value: id }],
    ...(configurationSet !== undefined && { ConfigurationSetName: configurationSet }),
  });
  try {
    const { MessageId } = await ses.send(order);
    return MessageId ?? null;
  } catch (error) {
    if (!isAnswer(error)) silent.add(ses);
    throw error;
  }
}
