import { html } from 'ghtml';
import type { LegalSection, Words } from '../../../infra/product/words.ts';
import { sellsTrial } from '../../../workflows/domain/core-steps.ts';
import { cyclesOf, freePlanOf, makesInstance, type Profile } from '../../../workflows/domain/profiles/index.ts';
import type { Page } from './layout.ts';

const days = (count: number): string => String(count);

/** An account in the cloud is closed, and has no backup here. */
const isBackedUp = (profile: Profile): boolean => makesInstance(profile) && profile.target === 'local';

/** What follows a trial that is not paid for. Whoever paid first has given a payment method. */
function afterTrial({ graceDays, retentionDays, ...profile }: Profile, thing: string): string {
  if (profile.paysFirst) return '';
  if (freePlanOf(profile)) return 'If it ends without a payment method, you move to the free plan and keep your data.';
  return `If it ends without a payment method, your ${thing} can be read but not changed for ${days(graceDays)} days, is then suspended, and is removed after ${days(retentionDays)} more days.`;
}

/** What follows a payment that fails. */
function afterFailure({ pastDueDays, graceDays, retentionDays, ...profile }: Profile, thing: string): string {
  const retried = 'If a payment fails, it is tried again, and you can pay with another card.';
  if (freePlanOf(profile)) return `${retried} If it is not paid, you move to the free plan.`;
  return `${retried} Your ${thing} stays available for up to ${days(pastDueDays)} days, can then be read but not changed for ${days(graceDays)} days, is then suspended, and is removed after ${days(retentionDays)} more days. We tell you each date, and a payment brings everything back until the last.`;
}

const backup = (profile: Profile): string =>
  isBackedUp(profile) ? ` A backup is kept for ${days(profile.retentionDays)} days and then deleted.` : '';

const aboutTrial = ({ paysFirst }: Profile): string =>
  paysFirst
    ? 'The trial is free. You give a payment method when you sign up, and are charged when the trial ends unless you cancel before then.'
    : 'The trial is free and needs no card.';

const firstCharge = (profile: Profile): string =>
  sellsTrial(profile) && !profile.paysFirst
    ? ' You choose whether you are charged immediately or when the trial ends.'
    : '';

const terms = (profile: Profile, { instance = 'instance' }: Words): readonly LegalSection[] => {
  const { name } = profile.brand;
  const thing = makesInstance(profile) ? instance : 'account';
  const gives = makesInstance(profile) ? `${name} gives you your own ${instance}. These` : 'These';
  return [
    {
      paragraphs: [
        `${gives} are the terms in plain words; the company that runs ${name} for you may add a contract to them.`,
      ],
    },
    ...(sellsTrial(profile)
      ? [{ heading: 'Trial', paragraphs: [`${aboutTrial(profile)} ${afterTrial(profile, thing)}`.trim()] }]
      : []),
    {
      heading: 'Payment',
      paragraphs: [
        `Payment is by card through Stripe, ${cyclesOf(profile).length > 1 ? 'in advance for the month, quarter or year, as you chose' : 'monthly in advance'}.${firstCharge(profile)}`,
        afterFailure(profile, thing),
      ],
    },
    {
      heading: 'Leaving',
      paragraphs: [
        `You may cancel at any time on your account page, immediately or at the end of the period you have paid for. If you cancel immediately, what you have paid for the days to come is ${profile.whenLeavingNow === 'refund' ? '' : 'not '}refunded.${backup(profile)} You may also have everything deleted immediately.`,
      ],
    },
  ];
};

const privacy = (profile: Profile): readonly LegalSection[] => [
  {
    heading: 'What we keep',
    paragraphs: [
      `Your email address, company, name if you give it, a hash of your password, your requests and when you made them, and the ids and amounts of your invoices.${makesInstance(profile) ? " Your own data is in your instance's own database." : ''}`,
    ],
  },
  {
    heading: 'What we do not keep',
    paragraphs: [
      "Card data: payments are made on Stripe's pages. Your IP address at signup: we keep only a hash, for a day at most, to prevent abuse. Your API keys and sessions: we keep only hashes.",
    ],
  },
  {
    heading: 'Who else sees it',
    paragraphs: [
      `Stripe, for payment, and our mail provider, for the emails that ${profile.brand.name} sends you. Nobody else.`,
    ],
  },
  {
    heading: 'Deletion',
    paragraphs: [
      `Deleting your account on the account page removes your data everywhere, without a backup, except the invoices that the law makes us keep.${makesInstance(profile) ? ` A cancelled account's backup is deleted after ${days(profile.retentionDays)} days.` : ''}`,
    ],
  },
];

const section = ({ heading, paragraphs }: LegalSection): string =>
  html`!${heading === undefined ? '' : html`<h2>${heading}</h2>`}!${paragraphs.map((text) => html`<p>${text}</p>`)}`;

const page = (title: string, sections: readonly LegalSection[]): Page => ({
  title,
  body: html`<h1>${title}</h1>
    !${sections.map(section)}`,
});

export const termsPage = (profile: Profile, words: Words): Page =>
  page('Terms of service', words.legal?.terms ?? terms(profile, words));

export const privacyPage = (profile: Profile, { legal = {} }: Words): Page =>
  page('Privacy', legal.privacy ?? privacy(profile));
