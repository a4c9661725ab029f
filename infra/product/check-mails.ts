import type { MailLink } from '../mails/core-mail.ts';
import { CORE_MAILS, findCoreMail } from '../mails/index.ts';
import type { Profile } from '../../workflows/domain/profiles/index.ts';
import type { Mail, MailCustomer, MailFacts } from './define-mail.ts';
import type { OwnMailStep } from './define-step.ts';
import { sayMail } from './say-mail.ts';

const NAME = /^[a-zA-Z][a-zA-Z0-9]{0,59}$/;
/** Of the mail to support. */
const TAKEN: ReadonlySet<string> = new Set(['alert']);

const LINKS: Readonly<Record<MailLink, string>> = {
  setPassword: 'https://pages.example/set-password/x',
  revealApiKey: 'https://pages.example/reveal/x',
  afterLeaving: 'https://pages.example/left/x',
};

const SOMEBODY: MailCustomer = {
  ...{ id: 'cust_1', companyName: 'Acme', email: 'ada@acme.example', slug: 'acme', plan: 'solo', region: 'eu' },
  ...{
    instanceUrl: 'https://acme.example',
    trialEndsAt: new Date(0),
    planName: 'Solo',
    isPaying: false,
    hasInstance: true,
    ...{ features: [], limits: {} },
  },
};
/** As in the welcome mail, and of whom nothing is made yet. */
const UNKNOWN: MailCustomer = {
  ...SOMEBODY,
  ...{ companyName: null, email: null, slug: null, instanceUrl: null, trialEndsAt: null, hasInstance: false },
};
const DETAILS = {
  resumeUrl: 'https://pages.example/resume',
  daysLeft: 2,
  part: 'instance',
  retainUntil: '2027-04-15T12:00:00Z',
};

const CHARGE = { amount: '99.00 USD', per: 'a month', withoutDiscount: '198.00 USD', at: new Date(0) };

/** Somebody of whom everything is known, and somebody of whom as little as can be. */
const sampleFacts = ({ brand, target, trialDays, graceDays, retentionDays }: Profile): readonly MailFacts[] => {
  const always = { brand, terms: { target, trialDays, graceDays, retentionDays }, publicUrl: 'https://pages.example' };
  return [
    { ...always, customer: SOMEBODY, links: LINKS, details: DETAILS, charge: CHARGE },
    { ...always, customer: UNKNOWN, links: {}, details: {} },
  ];
};

/** Links for which somebody is waiting: without them the mail is of no use. These mails say other things too. */
const OF_USE_WITHOUT: readonly string[] = ['welcome', 'cancelled'];
const neededIn = (name: string): readonly MailLink[] =>
  OF_USE_WITHOUT.includes(name) ? [] : (findCoreMail(name)?.links ?? []);

function* ofLinks(name: string, { links = neededIn(name) }: Mail, said: string): Generator<string> {
  const isLink = (link: string): boolean => Object.hasOwn(LINKS, link);
  for (const link of links.filter((each) => !isLink(each)))
    yield `mails.${name}.links: there is no link "${link}". Links: ${Object.keys(LINKS).join(', ')}.`;
  for (const link of new Set([...neededIn(name), ...links.filter(isLink)]))
    if (!links.includes(link) || !said.includes(LINKS[link]))
      yield `mails.${name}: links.${link} is missing. Customers need that link.`;
}

function* ofText(name: string, mail: Mail, samples: readonly MailFacts[]): Generator<string> {
  try {
    const [{ paragraphs, actions } = { paragraphs: [], actions: [] }] = samples.map((facts) => sayMail(mail, facts));
    const said = [...paragraphs, ...actions.map(({ url }) => url)].join('\n');
    yield* ofLinks(name, mail, said);
  } catch (error) {
    const { name: kind, message } = error instanceof Error ? error : new Error('something that is not an Error');
    yield kind === 'WrongMailError'
      ? `mails.${name}: ${message}`
      : `mails.${name} throws ${kind}: ${message}. What is not known about a customer is null or undefined.`;
  }
}

const NOT_OF_A_SENDER = ['run', 'undo', 'preview', 'queue', 'whenItFails'];

function* ofSender(step: OwnMailStep, mails: Readonly<Record<string, Mail>>): Generator<string> {
  const { name, mail } = step;
  if (findCoreMail(mail)) {
    yield `steps.${name}.mail: the core sends "${mail}" itself. Name a mail of your own.`;
    return;
  }
  if (!Object.hasOwn(mails, mail))
    yield `steps.${name}.mail: there is no mail "${mail}". Mails: ${Object.keys(mails).join(', ') || 'none'}.`;
  for (const member of NOT_OF_A_SENDER.filter((each) => each in step))
    yield `steps.${name}.${member}: a step that sends a mail does nothing else. Leave it out, or make it two steps.`;
}

/** What is wrong with a product's mails and with the steps that send them. */
export function* problemsOfMails(
  mails: Readonly<Record<string, Mail>>,
  senders: readonly OwnMailStep[],
  profile: Profile,
): Generator<string> {
  const sent = senders.map(({ mail }) => mail);
  for (const step of senders) yield* ofSender(step, mails);
  for (const [name, mail] of Object.entries(mails)) {
    if (!NAME.test(name) || TAKEN.has(name) || name in {})
      yield `mails.${name}: a name is letters and digits, 60 at most, and this one is not valid or is taken. Rename it.`;
    else if (!findCoreMail(name) && !sent.includes(name))
      yield `mails.${name}: no step sends it, and the core has no mail of that name. Mails of the core: ${Object.keys(CORE_MAILS).join(', ')}.`;
    yield* ofText(name, mail, sampleFacts(profile));
  }
}
