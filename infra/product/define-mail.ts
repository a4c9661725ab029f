import type { MailLink } from '../mails/core-mail.ts';
import type { Brand } from '../../workflows/domain/profiles/brand.ts';
import type { Terms } from '../../workflows/domain/terms.ts';
import type { StepCustomer } from './define-step.ts';

/**
 * The recipient, as they are when the mail is sent. In the mail `welcome`, what was typed at the signup is null,
 * because it is not proven yet that the address is theirs.
 */
export interface MailCustomer extends StepCustomer {
  /** Null for who has no trial too. */
  readonly trialEndsAt: Date | null;
  /** As the catalogue calls the plan that they have. */
  readonly planName: string;
  /** Another plan that begins later, if that is agreed. `price` is like `99.00 USD a month`. */
  readonly planAhead?: { readonly name: string; readonly price: string; readonly from: Date } | undefined;
  /** By now: support can send a mail of the onboarding again in any phase. */
  readonly isPaying: boolean;
  /** Whether they have an instance, or will have one. */
  readonly hasInstance: boolean;
}

/** Money that was charged, will be, or could not be. */
export interface Charge {
  /** `99.00 USD`; before it is charged without a discount that only Stripe knows. */
  readonly amount: string;
  /** What it would be without the coupon, where there is one, before the first charge. */
  readonly withoutDiscount?: string;
  /** `a month`, before the first charge. */
  readonly per?: string;
  /** When it will be charged, or when its invoice was made. */
  readonly at: Date;
  /** Stripe's page on which it can be paid, or confirmed where a bank wants that. */
  readonly page?: string;
}

/** What a mail may contain. */
export interface MailFacts {
  readonly customer: MailCustomer;
  /** As agreed with this customer. */
  readonly terms: Pick<Terms, 'target' | 'trialDays' | 'graceDays' | 'retentionDays' | 'freePlan'>;
  readonly brand: Brand;
  /** The address of our pages, without a slash at the end. */
  readonly publicUrl: string;
  /**
   * Links that work once, made for this mail alone: `setPassword` in `passwordLink`, and in `welcome` to somebody without
   * a password; `revealApiKey` in `apiKeyLink` and `welcome`;
   * `afterLeaving` in `cancelled`, which shows the invoices until the data is deleted. A mail whose `links` name them has those instead;
   * `setPassword` only to somebody without a password, but in `passwordLink`.
   */
  readonly links: Readonly<Partial<Record<MailLink, string>>>;
  /**
   * What this mail is about: `daysLeft` in `trialReminder`, and `charged`, an amount, where Stripe charges another one than
   * was agreed; `part`, which is `billing` or `instance`, in
   * `deploymentFailed`; `resumeUrl`, of the Checkout, in `checkoutReminder`; `retainUntil`, an instant, in `cancelled` where a backup is kept,
   * and `givenBack` or `kept`, an amount that was paid for days to come;
   * `stage` (`read_only`, `suspend` or `last_notice`) and `ended` in `paymentOverdue`, and the instants of what follows,
   * `read_only`, `suspend`, `leave` or `free_plan`, there and in `paymentFailed`, which has `invoiced` too;
   * `endsAt`, an instant, and `ordered` in `planEnds`; `charged`, such as `12.00 USD` or empty, in `planChanged`;
   * `from` and `until`, instants, or both empty, in `planPaused`.
   */
  readonly details: Readonly<Record<string, string | number>>;
  /**
   * In `trialReminder` the first charge after the trial, in `subscriptionStarted` what was paid, in `paymentFailed` and
   * `paymentOverdue` what is still to be paid. Undefined where that is not known.
   */
  readonly charge?: Charge | undefined;
}

/** A button. */
export interface MailAction {
  readonly label: string;
  /** An `https` or `http` address, or a path of our own pages such as `/account`. */
  readonly url: string;
}

/** Always the same, or made of the facts. */
export type Said<Facts, Thing> = Thing | ((facts: Facts) => Thing);

/** A mail as plain text: it is escaped and set by the core. */
export interface Mail<Facts = MailFacts> {
  readonly subject: Said<Facts, string>;
  readonly paragraphs: Said<Facts, readonly string[]>;
  readonly actions?: Said<Facts, readonly MailAction[]>;
  /** The one-time links that it carries: those of the core's mail of its name if absent, which are none for a mail of your own. */
  readonly links?: readonly MailLink[];
}

/**
 * A mail of a product's own, or another text for one of the core's, for `mails` of `defineProduct`. Tried with the facts
 * of somebody made up when the product is opened. One that throws when it is sent is tried three times; then it stays
 * owed, and support is told the class of the error, because its text may name a person.
 */
export const defineMail = (mail: Mail): Mail => mail;
