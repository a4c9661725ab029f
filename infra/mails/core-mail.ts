import type { Mail } from '../product/define-mail.ts';

/** Links that work once; what they are is known to the mail alone. */
export type MailLink = 'setPassword' | 'revealApiKey';

/** A customer as they are now. */
interface Addressee {
  readonly phase: string;
  readonly standing: string;
  readonly subscriptionStatus: string;
  readonly trialEndsAt: Date | null;
}

/** `now` is the customer's own. */
type Question = (customer: Addressee, now: number) => boolean;

/** A mail that the core sends customers. A product may say something else in it. */
export interface CoreMailDefinition extends Mail {
  /** Those that only this mail carries. */
  readonly links?: readonly MailLink[];
  /** When one that could not be sent at its time is not owed any more; when the customer has left if absent. */
  readonly isOvertaken?: Question;
  /** Whether it is sent later when the mail service is away. */
  readonly isOwed?: boolean;
}

/** A mail with what an order of it says beside whom it is for; there is no such member, only its type. */
export interface CoreMail<About extends object> extends CoreMailDefinition {
  readonly about?: About;
}

export const coreMail = <About extends object = object>(mail: CoreMailDefinition): CoreMail<About> => mail;

export const never: Question = () => false;
export const hasLeft: Question = ({ phase }) => phase === 'cancellation' || phase === 'ended';
/** Until then they sign in: to take their data, to come back. */
export const isGone: Question = ({ phase }) => phase === 'ended';
