import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ConfigError, type ApiConfig, type Survey } from '../../infra/config.ts';
import { openDatabase } from '../../infra/db/database.ts';
import { passwordOf } from '../../infra/db/doctor.ts';
import { findLicenceKey } from '../../infra/db/repositories/licence-key.ts';
import { ask } from '../../infra/doctor/answer.ts';
import type { Finding } from '../../infra/doctor/finding.ts';
import { settingsFindings, type PublicKeyFacts, type SettingsFacts } from '../../infra/doctor/settings.ts';
import { fingerprintOf } from '../../infra/licence-key.ts';
import { loadLicenceSigner } from '../../infra/licences.ts';

const PROCESS_OF: Readonly<Record<keyof Survey, string>> = {
  api: 'the API',
  lifecycle: 'the lifecycle worker',
  provisioning: 'the provisioning worker',
};

/** Each refusal once, with all processes that refuse. */
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

/** Tenure's own server is also that of the tenants unless another is set. */
const tenantsUrl = ({ database, tenants }: Survey['provisioning']['config']): string | undefined =>
  tenants?.adminDatabaseUrl === database?.url ? undefined : tenants?.adminDatabaseUrl;

const databaseOf = ({ api, lifecycle, provisioning }: Survey) =>
  api.config.database ?? lifecycle.config.database ?? provisioning.config.database;

/** Each setting as the first process that has it reads it. */
const secretsOf = (survey: Survey, { api, provisioning } = survey) => ({
  STAFF_TOKEN: api.config.api?.staffToken,
  SUPPORT_TOKEN: api.config.api?.supportToken,
  DATABASE_URL: passwordOf(databaseOf(survey)?.url),
  TENANT_DATABASE_URL: passwordOf(tenantsUrl(provisioning.config)),
  PULUMI_CONFIG_PASSPHRASE: provisioning.config.pulumi?.passphrase,
  GATEWAY_CONTROL_TOKEN: provisioning.config.tenants?.gatewayControlToken,
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

/** The key that each process has, if it can be read, and the recorded one. */
async function readPublicKeys(survey: Survey): Promise<PublicKeyFacts | undefined> {
  const { api, lifecycle, provisioning } = survey;
  const paths = [
    ...[api.config.licence?.publicKeyPath, lifecycle.config.licence?.publicKeyPath],
    provisioning.config.licencePublicKeyPath,
  ].filter((path) => path !== undefined);
  const read = async (path: string): Promise<string> => fingerprintOf(await readFile(path, 'utf8'));
  const given = (await Promise.allSettled([...new Set(paths)].map(read))).flatMap((each) =>
    each.status === 'fulfilled' ? [each.value] : [],
  );
  const own = databaseOf(survey);
  if (own === undefined || given.length === 0) return undefined;
  const database = openDatabase(own.url, { max: 1 });
  try {
    const recorded = await ask(
      () => findLicenceKey(database),
      () => undefined,
    );
    return { given, recorded };
  } finally {
    await database.destroy();
  }
}

export async function lookAtSettings(survey: Survey, development: boolean): Promise<Finding[]> {
  const { config } = survey.api;
  const { bits, wrong } = await readLicenceKey(config.licence ?? survey.lifecycle.config.licence);
  return settingsFindings({
    wrong: refusals(survey, wrong),
    development,
    publicUrl: config.api?.publicUrl,
    proxies: config.api?.trustProxy,
    webhookSecret: config.stripe?.webhookSecret,
    secrets: secretsOf(survey),
    licenceKeyBits: bits,
    publicKey: await readPublicKeys(survey),
  });
}
