import { randomUUID } from 'node:crypto';
import { claimReminder, getProspect, releaseReminder, type Prospect } from '../../infra/db/repositories/prospects.ts';
import { deliveryAddress } from '../../infra/input/email-address.ts';
import type { MailFacts } from '../../infra/product/define-mail.ts';
import { linkBase } from '../../infra/product/link-base.ts';
import { hasInstance } from '../../workflows/domain/core-steps.ts';
import { findProfile, planName } from '../../workflows/domain/profiles/index.ts';
import { contentsOf } from '../../infra/customers/plan-contents.ts';
import type { MailerDeps } from './mailer-deps.ts';
import { MailNotRendered, mailOf } from './prepare.ts';
import { renderMail, type RenderedMail } from './render.ts';
import { findSilence, sendMessage } from './send-message.ts';
import { meaningOf } from './ses-failure.ts';

const REMINDER = 'checkoutReminder';

/** It is not proven yet that the address is theirs: nothing else that was typed is sent there. */
function factsOf(deps: MailerDeps, prospect: Prospect, email: string): MailFacts {
  const { customerId: id, region, terms, checkoutUrl } = prospect;
  const profile = findProfile(terms.profile);
  const { plan } = terms;
  return {
    ...{ brand: profile.brand, publicUrl: linkBase(deps, profile.name), terms, links: {} },
    customer: {
      ...{ id, email, plan, region, companyName: null, slug: null, instanceUrl: null, trialEndsAt: null },
      ...{ isPaying: false, hasInstance: hasInstance(terms), ...contentsOf(terms) },
      planName: planName(profile, plan),
    },
    details: checkoutUrl === null ? {} : { resumeUrl: checkoutUrl },
  };
}

async function render(deps: MailerDeps, prospect: Prospect, email: string): Promise<RenderedMail> {
  try {
    return await renderMail(mailOf(deps.products, REMINDER, prospect), factsOf(deps, prospect, email));
  } catch (error) {
    throw new MailNotRendered(error);
  }
}

/**
 * Reminds somebody once of the Checkout that they left open. One that certainly did not go out is tried again by the
 * caller; one of which nobody knows is not sent a second time.
 */
export async function remindProspect(deps: MailerDeps, customerId: string): Promise<void> {
  const { database, ses, mail } = deps;
  const prospect = await getProspect(database, customerId);
  if (prospect.email === null) return;
  const rendered = await render(deps, prospect, prospect.email);
  const silence = await findSilence(ses);
  if (!(await claimReminder(database, customerId))) return;
  const message = {
    ...{ from: mail.sender, configurationSet: mail.events?.configurationSet },
    ...{ to: deliveryAddress(prospect.email), id: randomUUID(), ...rendered },
  };
  try {
    if (silence !== undefined) throw silence;
    await sendMessage(ses, message);
  } catch (error) {
    const { state, failure } = meaningOf(error);
    if (state === 'failed') await releaseReminder(database, customerId);
    throw failure;
  }
}
