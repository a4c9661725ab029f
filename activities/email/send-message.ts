import { createHash } from 'node:crypto';
import { SendEmailCommand, type SESClient } from '@aws-sdk/client-ses';
import type { RenderedMail } from './render.ts';

interface Message extends RenderedMail {
  readonly from: string;
  readonly to: string;
  /** Ours; SES repeats a hash of it in each of its events about the mail. */
  readonly id: string;
}

/** One call to SES. @returns the id SES gave the mail */
export async function sendMessage(ses: SESClient, { from, to, id, ...mail }: Message): Promise<string | null> {
  const { MessageId } = await ses.send(
    new SendEmailCommand({
      Source: from,
      Destination: { ToAddresses: [to] },
      Message: {
        Subject: { Data: mail.subject },
        Body: { Text: { Data: mail.text }, Html: { Data: mail.html } },
      },
      Tags: [{ Name: 'msg_id', Value: createHash('sha256').update(id).digest('hex').slice(0, 32) }],
    }),
  );
  return MessageId ?? null;
}
