import {
  ConfigurationSetDoesNotExistException,
  DescribeConfigurationSetCommand,
  GetAccountSendingEnabledCommand,
  GetIdentityVerificationAttributesCommand,
  GetSendQuotaCommand,
  SESServiceException,
  type SESClient,
} from '@aws-sdk/client-ses';
import { ask, type Answer } from '../../infra/doctor/answer.ts';
import type { MailEventsFact } from '../../infra/doctor/mail-events.ts';
import { identitiesOf, type MailExpected, type MailFacts } from '../../infra/doctor/mail.ts';

/** No credentials were found, or SES refuses them: its messages repeat the identity, so only the name is shown. */
function refusalOf(error: unknown): string | undefined {
  if (error instanceof Error && error.name === 'CredentialsProviderError') return 'no AWS credentials are found';
  // From a server that does not know the request: as good as no answer.
  if (!(error instanceof SESServiceException) || error.name === 'InvalidAction') return undefined;
  const status = error.$metadata.httpStatusCode ?? 0;
  return status >= 400 && status < 500 && error.$retryable?.throttling !== true
    ? `SES refuses (${error.name})`
    : undefined;
}

const askSes = <T>(question: () => Promise<T>): Promise<Answer<T>> => ask(question, refusalOf);

async function quotaOf(ses: SESClient): Promise<{ allowed: number; sent: number }> {
  const { Max24HourSend: allowed = 0, SentLast24Hours: sent = 0 } = await ses.send(new GetSendQuotaCommand({}));
  return { allowed, sent };
}

async function identitiesIn(ses: SESClient, sender: string): Promise<Readonly<Record<string, string>>> {
  const Identities = [...identitiesOf(sender)];
  const { VerificationAttributes: known = {} } = await ses.send(
    new GetIdentityVerificationAttributesCommand({ Identities }),
  );
  return Object.fromEntries(Object.entries(known).map(([name, { VerificationStatus: status = '' }]) => [name, status]));
}

async function destinationsOf(ses: SESClient, ConfigurationSetName: string): Promise<MailEventsFact> {
  const order = { ConfigurationSetName, ConfigurationSetAttributeNames: ['eventDestinations' as const] };
  try {
    const { EventDestinations: all = [] } = await ses.send(new DescribeConfigurationSetCommand(order));
    return all.map(({ SNSDestination, Enabled: enabled = false, MatchingEventTypes: types = [] }) => ({
      ...{ enabled, types, topicArn: SNSDestination?.TopicARN },
    }));
  } catch (error) {
    if (error instanceof ConfigurationSetDoesNotExistException) return null;
    throw error;
  }
}

/** Asks SES without sending anything. Never rejects. */
export async function readMailFacts(
  ses: SESClient,
  { sender, events }: Pick<MailExpected, 'sender' | 'events'>,
): Promise<MailFacts> {
  const [quota, sending, identities, published] = await Promise.all([
    askSes(() => quotaOf(ses)),
    askSes(async () => (await ses.send(new GetAccountSendingEnabledCommand({}))).Enabled ?? false),
    askSes(() => identitiesIn(ses, sender)),
    events && askSes(() => destinationsOf(ses, events.configurationSet)),
  ]);
  return { quota, sending, identities, ...(published && { events: published }) };
}
