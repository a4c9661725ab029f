import { isOver, isOwing } from '../../workflows/domain/billing-state.ts';
import type { MailFacts } from '../product/define-mail.ts';
import { coreMail, hasLeft } from './core-mail.ts';
import { account, company, day, ofCharge, thing, waysToPay } from './words.ts';

const why = (facts: MailFacts): string =>
  facts.details['ended'] === 'yes'
    ? `The subscription for ${company(facts)} has ended`
    : `The payment${ofCharge(facts)} for ${company(facts)} is overdue`;

const howToReturn = ({ details }: MailFacts): string =>
  details['ended'] === 'yes'
    ? 'Subscribe again on your account page, and everything is back immediately.'
    : 'Pay on your account page, and everything is back immediately.';

interface Stage {
  readonly subject: (facts: MailFacts) => string;
  readonly says: (facts: MailFacts) => string;
}

const STAGES = {
  read_only: {
    subject: (facts) => `Your ${thing(facts)} is read-only now`,
    says: (facts) =>
      `Therefore your ${thing(facts)} is read-only from now on. It is suspended on ${day(facts.details['suspend'])}, and removed on ${day(facts.details['leave'])}.`,
  },
  suspend: {
    subject: (facts) => `Your ${thing(facts)} is suspended`,
    says: (facts) =>
      `Therefore your ${thing(facts)} is suspended. Your data is kept until ${day(facts.details['leave'])}; then the ${thing(facts)} is removed.`,
  },
  last_notice: {
    subject: (facts) => `Your ${thing(facts)} will be removed on ${day(facts.details['leave'])}`,
    says: (facts) =>
      `Therefore your ${thing(facts)}, which is suspended, will be removed on ${day(facts.details['leave'])}.`,
  },
} satisfies Readonly<Record<string, Stage>>;

const stageOf = ({ details: { stage } }: MailFacts): Stage =>
  stage === 'read_only' || stage === 'last_notice' ? STAGES[stage] : STAGES.suspend;

/** At each stage of what is taken away from a customer who does not pay, with all dates that follow. */
export const paymentOverdue = coreMail<{
  readonly stage: string;
  /** `yes`, or empty. */
  readonly ended: string;
  readonly suspend?: string;
  readonly leave?: string;
}>({
  subject: (facts) => stageOf(facts).subject(facts),
  paragraphs: (facts) => [
    `${why(facts)}. ${stageOf(facts).says(facts)}`,
    `Nothing has been deleted. ${howToReturn(facts)}`,
  ],
  actions: (facts) => (facts.details['ended'] === 'yes' ? account : waysToPay(facts)),
  isOvertaken: (customer, now) =>
    hasLeft(customer, now) || !(isOwing(customer.subscriptionStatus) || isOver(customer.subscriptionStatus)),
});
