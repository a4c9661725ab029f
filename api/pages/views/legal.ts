import { html } from 'ghtml';
import type { Profile } from '../../../workflows/domain/profiles/index.ts';
import type { Page } from './layout.ts';

export const termsPage = ({ brand, graceDays, retentionDays }: Profile): Page => ({
  title: 'Terms of service',
  body: html`
    <h1>Terms of service</h1>
    <p>
      ${brand.name} gives you your own instance. These are the terms in plain words; the company that runs ${brand.name}
      for you may add a contract to them.
    </p>
    <h2>Trial</h2>
    <p>
      The trial is free and needs no card. When it ends without a payment method your instance can be read but not
      changed for ${String(graceDays)} days, is then suspended, and is removed after ${String(retentionDays)} more days.
    </p>
    <h2>Payment</h2>
    <p>
      Payment is by card through Stripe, monthly in advance. You choose whether you are charged at once or when the
      trial ends.
    </p>
    <h2>Leaving</h2>
    <p>
      You may cancel at any time on your account page, immediately or at the end of the period you have paid for. A
      backup is kept for ${String(retentionDays)} days and then deleted. You may also have everything deleted at once.
    </p>
  `,
});

export const privacyPage = ({ brand, retentionDays }: Profile): Page => ({
  title: 'Privacy',
  body: html`
    <h1>Privacy</h1>
    <h2>What we keep</h2>
    <p>
      Your email address, company, name if you give it, a hash of your password, your requests and when you made them,
      and the ids and amounts of your invoices. Your own data is in your instance's own database.
    </p>
    <h2>What we do not keep</h2>
    <p>
      Card data: payments are made on Stripe's pages. Your IP address at signup: we keep only a hash, for a day at most,
      to prevent abuse. Your API keys and sessions: we keep only hashes.
    </p>
    <h2>Who else sees it</h2>
    <p>Stripe, for payment, and our mail provider, for the mails ${brand.name} sends you. Nobody else.</p>
    <h2>Deletion</h2>
    <p>
      Deleting your account on the account page removes your data everywhere, without a backup, except the invoices that
      the law makes us keep. A cancelled account's backup is deleted after ${String(retentionDays)} days.
    </p>
  `,
});
