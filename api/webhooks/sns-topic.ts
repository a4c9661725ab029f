import MessageValidator from 'sns-validator';
import { Type, type Static } from 'typebox';
import { ApiError } from '../http/errors.ts';

/** What SNS posts to its subscribers: the members its signature covers, and those that say how to check it. */
export const SnsMessage = Type.Object(
  {
    Type: Type.String(),
    MessageId: Type.String(),
    TopicArn: Type.String(),
    Message: Type.String(),
    Timestamp: Type.String(),
    SignatureVersion: Type.String(),
    Signature: Type.String(),
    SigningCertURL: Type.String(),
    Subject: Type.Optional(Type.String()),
    SubscribeURL: Type.Optional(Type.String()),
    Token: Type.Optional(Type.String()),
  },
  {
    description: 'A message of the Amazon SNS topic that SES publishes its events to.',
    examples: [
      {
        ...{ Type: 'Notification', MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324' },
        ...{ TopicArn: 'arn:aws:sns:eu-central-1:123456789012:mails', Timestamp: '2026-12-24T00:00:00.000Z' },
        Message: '{"eventType":"Delivery","mail":{"messageId":"0107","tags":{"tenure_email":["…"]}}}',
        ...{ SignatureVersion: '1', Signature: 'EXAMPLE…' },
        SigningCertURL: 'https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem',
      },
    ],
  },
);
export type SnsMessage = Static<typeof SnsMessage>;

/** The one topic whose messages are taken. */
export interface SnsTopic {
  readonly arn: string;
  /** @returns false for a forgery @throws ApiError 503 when that cannot be told now */
  verify(message: SnsMessage): Promise<boolean>;
  /** Confirms a subscription; once more changes nothing. @throws ApiError 503 when that cannot be done now */
  confirm(message: SnsMessage): Promise<void>;
}

/** SNS itself waits fifteen seconds for our answer. */
const TIMEOUT_MS = 10_000;
/** Certificates asked for at once: a made-up address of one costs a connection and no more. */
const MOST_QUESTIONS = 4;
/** What AWS's library says when it has no certificate to check with; any other of its own words is a verdict. */
const NO_CERTIFICATE = 'Certificate could not be retrieved';

const notNow = (cause?: unknown): ApiError =>
  new ApiError(503, {
    error: 'Not available at the moment',
    message: 'SNS could not be reached. Send the message again.',
    code: 'unavailable',
    retryAfterSeconds: 20,
    cause,
  });

/** Where SNS answers for a topic, which has its region in its ARN. */
function hostOf(arn: string): string {
  const [, partition, , region = ''] = arn.split(':');
  return `sns.${region}.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}`;
}

const isVerdict = (error: Error): boolean => !('code' in error) && error.message !== NO_CERTIFICATE;

/** Nothing else is asked of anybody because a message says so. */
const confirms = (
  { protocol, host, searchParams }: URL,
  topic: { readonly arn: string; readonly host: string },
): boolean =>
  protocol === 'https:' &&
  host === topic.host &&
  searchParams.get('Action') === 'ConfirmSubscription' &&
  searchParams.get('TopicArn') === topic.arn;

const escaped = (text: string): string => text.replaceAll(/[.]/g, '\\.');

/** @param host answers in place of SNS in tests */
export function createSnsTopic(arn: string, host = hostOf(arn)): SnsTopic {
  const validator = new MessageValidator(new RegExp(`^${escaped(host)}$`));
  const isCertificate = new RegExp(`^https://${escaped(host)}/SimpleNotificationService-[0-9a-f]{8,64}\\.pem$`);
  /** Of certificates that AWS's library has by now. */
  const known = new Set<string>();
  let questions = 0;

  const check = (message: SnsMessage): Promise<boolean> =>
    new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        reject(notNow());
      }, TIMEOUT_MS);
      validator.validate({ ...message }, (error) => {
        clearTimeout(late);
        if (error === null || isVerdict(error)) resolve(error === null);
        else reject(notNow(error));
      });
    });

  return {
    arn,
    async verify(message) {
      const { SigningCertURL: certificate } = message;
      if (!isCertificate.test(certificate)) return false;
      if (known.has(certificate)) return check(message);
      if (questions >= MOST_QUESTIONS) throw notNow();
      questions += 1;
      try {
        const isGenuine = await check(message);
        known.add(certificate);
        return isGenuine;
      } finally {
        questions -= 1;
      }
    },
    async confirm({ SubscribeURL: address = '' }) {
      if (!URL.canParse(address) || !confirms(new URL(address), { arn, host })) return;
      const reply = await fetch(address, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(
        (error: unknown) => {
          throw notNow(error);
        },
      );
      await reply.body?.cancel();
      if (!reply.ok) throw notNow();
    },
  };
}
