import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ConfigError, type ApiConfig, type ProvisioningConfig, type Survey } from '../../infra/config.ts';
import { passwordOf } from '../../infra/db/doctor.ts';
import type { Finding } from '../../infra/doctor/finding.ts';
import { settingsFindings, type SettingsFacts } from '../../infra/doctor/settings.ts';
import { loadLicenceSigner } from '../../infra/licences.ts';

const PROCESS_OF: Readonly<Record<keyof Survey, string>> = {
  api: 'the API',
  lifecycle: 'the lifecycle worker',
  provisioning: 'the provisioning worker',
};

/** Each refusal once, with all who refuse. */
function refusals(survey: Survey, more: readonly ConfigError[]): SettingsFacts['wrong'] {
  const bySentence = new Map<string, Set<string>>();
  const add = (sentence: string, process: string): void => {
    bySentence.set(sentence, (bySentence.get(sentence) ?? new Set()).add(process));
  };
  for (const part of Object.keys(PROCESS_OF) as (keyof Survey)[])
    for (const { message } of survey[part].wrong) add(message, PROCESS_OF[part]);
  for (const { message } of more) add(message, PROCESS_OF.api);
  return [...bySentence].map(([sentence, processes]) => ({ sentence, processes: [...processes] }));
}

const secretsOf = ({ api, database }: Partial<ApiConfig>, { tenants, pulumi }: Partial<ProvisioningConfig>) => ({
  STAFF_TOKEN: api?.staffToken,
  SUPPORT_TOKEN: api?.supportToken,
  DATABASE_URL: passwordOf(database?.url),
  TENANT_DATABASE_URL: passwordOf(tenants?.adminDatabaseUrl),
  PULUMI_CONFIG_PASSPHRASE: pulumi?.passphrase,
  GATEWAY_CONTROL_TOKEN: tenants?.gatewayControlToken,
});

async function readLicenceKey(
  licence: ApiConfig['licence'] | undefined,
): Promise<{ readonly bits?: number | undefined; readonly wrong: readonly ConfigError[] }> {
  if (!licence) return { wrong: [] };
  try {
    await loadLicenceSigner(licence);
    const { asymmetricKeyDetails: details } = createPrivateKey(await readFile(licence.privateKeyPath));
    return { bits: details?.modulusLength, wrong: [] };
  } catch (error) {
    if (error instanceof ConfigError) return { wrong: [error] };
    throw error;
  }
}

export async function lookAtSettings(survey: Survey, development: boolean): Promise<Finding[]> {
  const { config } = survey.api;
  const { bits, wrong } = await readLicenceKey(config.licence);
  return settingsFindings({
    wrong: refusals(survey, wrong),
    development,
    publicUrl: config.api?.publicUrl,
    proxies: config.api?.trustProxy,
    webhookSecret: config.stripe?.webhookSecret,
    secrets: secretsOf(config, survey.provisioning.config),
    licenceKeyBits: bits,
  });
}
