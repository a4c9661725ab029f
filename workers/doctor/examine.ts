import type { LifecycleConfig, ProvisioningConfig } from '../../infra/config.ts';
import { serverOf } from '../../infra/db/doctor.ts';
import { PARTS, type Finding, type Part } from '../../infra/doctor/finding.ts';
import type { Here } from './here.ts';
import { lookAtInstances } from './instances.ts';
import { lookAtMail, lookAtPostgres, lookAtStripe, lookAtTemporal, type Purpose } from './looks.ts';
import { lookAtSettings } from './settings.ts';
import { HOW_TO_START } from '../../infra/program-file.ts';

export interface Examination {
  readonly findings: readonly Finding[];
  /** The address at which each part was asked. */
  readonly titles: Readonly<Partial<Record<Part, string>>>;
}

/** Why it was not checked. */
const unasked = (part: Part): Finding => ({
  ...{ part, check: 'all', state: 'cannot tell', found: 'not checked: its settings are invalid' },
  trouble: { means: 'anything else missing there is unknown', remedy: 'fix the settings named above first' },
});

/** The sections of the settings that a look needs, or undefined when one of them cannot be used. */
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
        ? `of this environment; nothing runs here by "${HOW_TO_START}"`
        : `of what "${HOW_TO_START}" runs from ${home}`,
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

/** Which process uses which parts: it has no settings for the others, and cannot ask them. */
const USED_BY = {
  api: ['Settings'],
  'lifecycle-worker': ['Settings', 'Postgres', 'Temporal', 'Stripe', 'Mail'],
  'provisioning-worker': ['Settings', 'Instances'],
} as const satisfies Readonly<Record<string, readonly Part[]>>;

export type Service = keyof typeof USED_BY;
export const SERVICES = Object.keys(USED_BY) as readonly Service[];

/** The questions to each part; none has been asked yet. */
function looksAt({ survey, home }: Here, purpose: Purpose): Readonly<Record<Part, () => Promise<Finding[]>>> {
  const [lifecycle, provisioning] = [survey.lifecycle.config, survey.provisioning.config];
  const look =
    <T>(part: Part, config: T | undefined, ask: (config: T, purpose: Purpose) => Promise<Finding[]>) =>
    () =>
      config === undefined ? Promise.resolve([unasked(part)]) : ask(config, purpose);
  return {
    Settings: () => lookAtSettings(survey, home !== undefined),
    Postgres: look('Postgres', sections(lifecycle, 'database', 'products'), lookAtPostgres),
    Temporal: look('Temporal', sections(lifecycle, 'temporal'), lookAtTemporal),
    Stripe: look('Stripe', sections(lifecycle, 'stripe', 'products'), lookAtStripe),
    Mail: look('Mail', sections(lifecycle, 'mail'), lookAtMail),
    Instances: look('Instances', sections(provisioning, 'database', 'pulumi', 'tenants'), lookAtInstances),
  };
}

/**
 * Asks all parts at the same time, so that one that is down does not delay the others.
 * @param only - asks only the parts that this process uses, with its settings
 */
export async function examineAll(here: Here, purpose: Purpose, only?: Service): Promise<Examination> {
  const looks = looksAt(here, purpose);
  const parts: readonly Part[] = only === undefined ? PARTS : USED_BY[only];
  const findings = await Promise.all(parts.map((part) => looks[part]()));
  const { lifecycle, provisioning } = here.survey;
  return { findings: findings.flat(), titles: titlesOf(lifecycle.config, provisioning.config, here.home) };
}
