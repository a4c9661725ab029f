import { SESServiceException } from '@aws-sdk/client-ses';
import { ApplicationFailure } from '@temporalio/common';
import { MailServiceSilent } from './send-message.ts';

/** Errors about our account or the state of SES rather than the mail: they pass, or are fixed once for all mails. */
const OF_THE_SERVICE: ReadonlySet<string> = new Set([
  ...['Throttling', 'ThrottlingException', 'TooManyRequestsException', 'LimitExceededException'],
  ...['ServiceUnavailable', 'InternalFailure', 'AccountSendingPausedException', 'MailFromDomainNotVerifiedException'],
  ...['ConfigurationSetSendingPausedException', 'ConfigurationSetDoesNotExistException'],
  ...['AccessDenied', 'AccessDeniedException', 'NotAuthorized', 'OptInRequired', 'InvalidClientTokenId'],
  ...['ExpiredToken', 'ExpiredTokenException', 'MissingAuthenticationToken', 'RequestExpired', 'IncompleteSignature'],
  ...['SignatureDoesNotMatch', 'InvalidSignatureException'],
  ...['UnrecognizedClientException', 'CredentialsProviderError'],
]);
/** The connection was never established. */
const NEVER_SENT: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
const NEVER_CONNECTED = /without establishing a connection/;

/** Names only: the text of an SES error can repeat the address. */
const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'UnknownError');

function isOfTheService(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (OF_THE_SERVICE.has(error.name)) return true;
  return error instanceof SESServiceException && (error.$metadata.httpStatusCode ?? 0) >= 500;
}

const wasNeverSent = (error: unknown): boolean =>
  error instanceof MailServiceSilent ||
  (error instanceof Error &&
    (NEVER_SENT.has((error as NodeJS.ErrnoException).code) || NEVER_CONNECTED.test(error.message)));

export const answerLost = (message: string): ApplicationFailure =>
  ApplicationFailure.nonRetryable(message, 'MailAnswerLost');

/**
 * What a failed call to SES means for the mail: certainly `failed`, or `unknown`; and how Temporal should record it.
 */
export function meaningOf(error: unknown): {
  readonly state: 'failed' | 'unknown';
  readonly name: string;
  readonly failure: ApplicationFailure;
} {
  const name = nameOf(error);
  if (isOfTheService(error) || wasNeverSent(error))
    return { state: 'failed', name, failure: ApplicationFailure.retryable(name, 'MailServiceUnavailable') };
  if (error instanceof SESServiceException)
    return { state: 'failed', name, failure: ApplicationFailure.retryable(name, 'MailNotSent') };
  return { state: 'unknown', name, failure: answerLost(name) };
}
