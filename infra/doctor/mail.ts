import type { MailEvents } from '../config/types.ts';
import type { Answer } from './answer.ts';
import { conclude, missing, ok, okIf, type Check, type Finding, type Topic } from './finding.ts';
import { mailEventsChecks, type MailEventsFact } from './mail-events.ts';

export interface MailFacts {
  /** Mails in 24 hours: allowed (-1 without a bound) and sent. */
  readonly quota: Answer<{ readonly allowed: number; readonly sent: number }>;
  /** Whether the account may send at all. */
  readonly sending: Answer<boolean>;
  /** `Success`, `Pending`, `Failed` … of the identities asked for; those that SES does not know are not there. */
  readonly identities: Answer<Readonly<Record<string, string>>>;
  /** Of the configuration set, if one is configured. */
  readonly events?: Answer<MailEventsFact>;
}

export interface MailExpected {
  readonly region: string;
  /** The address alone. */
  readonly sender: string;
  readonly events?: MailEvents | undefined;
  /** Address of a server that is not Amazon's. */
  readonly standIn: string | undefined;
  /** Not for customers yet: a stand-in is no mistake. */
  readonly rehearsal: boolean;
}

/** What SES allows in a day as long as the account is in the sandbox. */
const SANDBOX_QUOTA = 200;
/** A part of the day's quota, from which on mails may be refused before the day is over. */
const NEARLY_ALL = 0.9;

/** An address is verified by itself, or by its domain or one above that. */
export function identitiesOf(sender: string): readonly string[] {
  const labels = sender.slice(sender.lastIndexOf('@') + 1).split('.');
  const domains = labels.slice(0, -1).map((_, index) => labels.slice(index).join('.'));
  return [sender, ...domains];
}

const silenceOf = ({ region }: MailExpected) => ({
  means: 'while SES is unavailable mails wait: they go out when it is back',
  remedy: `see https://health.aws.amazon.com and whether this machine reaches email.${region}.amazonaws.com:443, then run the doctor again`,
});

const topic = <T>(about: string, action: string, expected: MailExpected, checks: readonly Check<T>[]): Topic<T> => ({
  ...{ part: 'Mail', about, checks },
  silence: silenceOf(expected),
  refusal: {
    state: 'missing',
    means: 'no mail goes out: nobody is told that the instance is ready, or that the trial ends',
    remedy: `AWS console > IAM: give the lifecycle worker credentials (AWS_ACCESS_KEY_ID, AWS_PROFILE or a role) that allow ${action} and ses:SendEmail`,
  },
});

const quotaChecks = ({
  region,
}: MailExpected): readonly Check<{ readonly allowed: number; readonly sent: number }>[] => [
  {
    check: 'production access',
    look: ({ allowed }) =>
      allowed === SANDBOX_QUOTA
        ? missing('the account is in the sandbox (200 mails a day)')
        : ok(allowed < 0 ? 'granted, without a bound' : `granted, ${String(allowed)} mails a day`),
    means: 'customers get no mail: in the sandbox SES sends to verified addresses only',
    remedy: `AWS console (${region}) > Amazon SES > Account dashboard > Request production access`,
  },
  {
    check: 'quota of the day',
    look: ({ allowed, sent }) =>
      okIf(
        allowed < 0 || sent < allowed * NEARLY_ALL,
        `${String(sent)} sent in 24 hours`,
        `${String(sent)} of ${String(allowed)} are used`,
      ),
    means: 'mails beyond it wait until the next day',
    remedy: `AWS console (${region}) > Service Quotas > Amazon SES > Sending quota: ask for more`,
  },
];

const sendingChecks = ({ region }: MailExpected): readonly Check<boolean>[] => [
  {
    check: 'sending',
    look: (enabled) => okIf(enabled, 'enabled', 'is paused for the account'),
    means: 'no mail goes out; all mails wait until it is enabled',
    remedy: `AWS console (${region}) > Amazon SES > Account dashboard: see why it was paused; "aws ses update-account-sending-enabled --enabled --region ${region}" resumes it`,
  },
];

const identityChecks = ({ region, sender }: MailExpected): readonly Check<Readonly<Record<string, string>>>[] => [
  {
    check: 'sender identity',
    look: (known) => {
      const identities = identitiesOf(sender);
      const verified = identities.find((identity) => known[identity] === 'Success');
      if (verified !== undefined) return ok(`${verified} is verified`);
      const begun = identities.find((identity) => known[identity] !== undefined);
      return missing(
        begun === undefined
          ? `neither ${sender} nor its domain is verified in ${region}`
          : `${begun} is not verified (${String(known[begun]).toLowerCase()})`,
      );
    },
    means: 'SES refuses every mail: nobody is told that the instance is ready, or that the trial ends',
    remedy: `AWS console (${region}) > Amazon SES > Identities > Create identity > Domain ${identitiesOf(sender)[1] ?? ''}: publish the DKIM records it shows; or correct SES_SENDER_EMAIL or AWS_REGION`,
  },
];

/** Once for all: an inbox that stands in takes mails, and has no account to be asked about. */
const standInFinding = (address: string, rehearsal: boolean): Finding => ({
  ...{ part: 'Mail', check: 'identity, access, quota' },
  ...(rehearsal ? { state: 'cannot tell', standIn: true } : { state: 'missing' }),
  found: `${address} stands in for SES: it takes mails and answers nothing else`,
  trouble: {
    means: 'mails reach that inbox and no customer',
    remedy: 'to send real mail, set AWS_REGION and SES_SENDER_EMAIL, and leave SES_ENDPOINT unset',
  },
});

const isSilent = (facts: MailFacts): boolean => Object.values(facts).every((answer) => 'silent' in answer);

/** What SES has and lacks for that sender. */
export function mailFindings(facts: MailFacts, expected: MailExpected): Finding[] {
  const { standIn, rehearsal } = expected;
  if (standIn !== undefined && isSilent(facts)) return [standInFinding(standIn, rehearsal)];
  const topics = [
    conclude(
      topic('sender identity', 'ses:GetIdentityVerificationAttributes', expected, identityChecks(expected)),
      facts.identities,
    ),
    conclude(topic('production access', 'ses:GetSendQuota', expected, quotaChecks(expected)), facts.quota),
    conclude(topic('sending', 'ses:GetAccountSendingEnabled', expected, sendingChecks(expected)), facts.sending),
  ];
  const { events } = expected;
  if (events && facts.events)
    topics.push(
      conclude(topic('events', 'ses:DescribeConfigurationSet', expected, mailEventsChecks(events)), facts.events),
    );
  return topics.flat();
}
