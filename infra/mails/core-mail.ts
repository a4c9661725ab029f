import type { Mail } from '../product/define-mail.ts';

/** Links that only the mail itself contains: they work once, but `afterLeaving`, which works until the data is deleted. */
export type MailLink = 'setPassword' | 'revealApiKey' | 'afterLeaving';

/** A customer as they are now. */
interface Addressee {
  readonly phase: string;
  readonly standing: string;
  readonly subscriptionStatus: string;
  readonly trialEndsAt: Date | null;
}

/** `now` is the customer's own. */
type Question = (customer: Addressee, now: number) => boolean;

/** A mail that the core sends to customers. A product may replace its text. */
export interface CoreMailDefinition extends Mail {
  /** When a mail that could not be sent on time no longer applies; by default, when the customer has left. */
  readonly isOvertaken?: Question;
  /** Whether it is sent later when the mail service is unavailable. */
  readonly isOwed?: boolean;
}

/** A mail with the type of its input besides the customer; the member exists only as a type. */
export interface CoreMail<About extends object> extends CoreMailDefinition {
  readonly about?: About;
}

export const coreMail = <About extends object = object>(mail: CoreMailDefinition): CoreMail<About> => mail;

export const never: Question = () => false;
export const hasLeft: Question = ({ phase }) => phase === 'cancellation' || phase === 'ended';
/** Until then they can sign in, to get their data or to come back. */
export const isGone: Question = ({ phase }) => phase === 'ended';
