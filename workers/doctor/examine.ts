import type { LifecycleConfig, ProvisioningConfig } from '../../infra/config.ts';
import { serverOf } from '../../infra/db/doctor.ts';
import type { Finding, Part } from '../../infra/doctor/finding.ts';
import type { Here } from './here.ts';
import { lookAtInstances } from './instances.ts';
import { lookAtMail, lookAtPostgres, lookAtStripe, lookAtTemporal, type Purpose } from './looks.ts';
import { lookAtSettings } from './settings.ts';

export interface Examination {
  readonly findings: readonly Finding[];
  /** Where each part was asked. */
  readonly titles: Readonly<Partial<Record<Part, string>>>;
}

/** Why nobody was asked. */
const unasked = (part: Part): Finding => ({
  ...{ part, check: 'all', state: 'cannot tell', found: 'nobody was asked: its settings cannot be used' },
  trouble: { means: 'what else is missing there is not known', remedy: 'mend the settings named above first' },
});

/** Those of the sections that a look needs, or nothing when one of them cannot be used. */
function sections<T extends object, K extends keyof T>(
  config: Partial<T>,
  ...names: readonly K[]
): Pick<T, K> | undefined {
  return names.every((name) => config[name] !== undefined) ? (config as Pick<T, K>) : undefined;
}

function titlesOf(
  lifecycle: Partial<LifecycleConfig>,
  provisioning: Partial<ProvisioningConfig>,
  home: string | undefined,
) {
  const { database, temporal, stripe, mail } = lifecycle;
  const titles: Partial<Record<Part, string>> = {
    Settings:
      home === undefined
        ? 'of this environment; nothing runs here by "npm start"'
        : `of what "npm start" runs from ${home}`,
  };
  if (database) titles.Postgres = serverOf(database.url);
  if (temporal) titles.Temporal = temporal.address;
  if (stripe)
    titles.Stripe = stripe.apiBase === undefined ? 'api.stripe.com' : `${stripe.apiBase}, which stands in for Stripe`;
  if (mail)
    titles.Mail =
      mail.endpoint === undefined ? `Amazon SES in ${mail.region}` : `${mail.endpoint}, which stands in for SES`;
  if (provisioning.tenants) titles.Instances = `below ${provisioning.tenants.domain}`;
  return titles;
}

/** Asks everybody at once: one who is away holds up none of the others. */
export async function examineAll({ survey, home }: Here, purpose: Purpose): Promise<Examination> {
  const [lifecycle, provisioning] = [survey.lifecycle.config, survey.provisioning.config];
  const [database, temporal] = [sections(lifecycle, 'database'), sections(lifecycle, 'temporal')];
  const billing = sections(lifecycle, 'stripe', 'publicUrl', 'profile');
  const mail = sections(lifecycle, 'mail');
  const stacks = sections(provisioning, 'database', 'pulumi', 'tenants');
  const findings = await Promise.all([
    lookAtSettings(survey, home !== undefined),
    database ? lookAtPostgres(database) : [unasked('Postgres')],
    temporal ? lookAtTemporal(temporal) : [unasked('Temporal')],
    billing ? lookAtStripe(billing, purpose) : [unasked('Stripe')],
    mail ? lookAtMail(mail, purpose) : [unasked('Mail')],
    stacks ? lookAtInstances(stacks) : [unasked('Instances')],
  ]);
  return { findings: findings.flat(), titles: titlesOf(lifecycle, provisioning, home) };
}
