import { Type } from 'typebox';
import { Check } from 'typebox/value';
import { EMAIL_TAG } from '../../infra/mail-events.ts';
import { Patterned } from '../schemas/common.ts';
import type { MailEvent } from './mail-events.ts';

/** As much of an event of SES as is read. Addresses, subjects and diagnoses in it are nobody's business here. */
const SesEvent = Type.Object({
  eventType: Type.String(),
  mail: Type.Object({
    messageId: Patterned('foreignId'),
    tags: Type.Object({ [EMAIL_TAG]: Type.Tuple([Patterned('uuid')]) }),
  }),
  bounce: Type.Optional(Type.Object({ bounceType: Type.String() })),
});

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Words of SES to people: it sends one when the topic is connected.
    return undefined;
  }
}

/** The event in a message; undefined when it is none, or of a mail that is not ours. */
export function readSesEvent(text: string): MailEvent | undefined {
  const event = parsed(text);
  if (!Check(SesEvent, event)) return undefined;
  const { eventType: type, mail, bounce } = event;
  const [emailId] = mail.tags[EMAIL_TAG];
  return { type, emailId, sesMessageId: mail.messageId, isPermanent: bounce?.bounceType === 'Permanent' };
}
