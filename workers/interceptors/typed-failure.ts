import { CompleteAsyncError } from '@temporalio/activity';
import { ServiceError, isGrpcServiceError } from '@temporalio/client';
import { ApplicationFailure, TemporalFailure } from '@temporalio/common';
import { asOutage, DatabaseUnavailableError } from '../../infra/db/outage.ts';
import { isOfUnknownCustomer } from '../../infra/db/unknown-customer.ts';

/** Failures that pass unchanged: typed by us or by Temporal, and known to be free of personal data. */
export const isTyped = (error: unknown): boolean =>
  error instanceof TemporalFailure || error instanceof CompleteAsyncError;

function typeOf(error: unknown): string {
  if (error instanceof ServiceError || isGrpcServiceError(error)) return 'TemporalUnavailable';
  if (asOutage(error) instanceof DatabaseUnavailableError) return 'DatabaseUnavailable';
  if (isOfUnknownCustomer(error)) return 'UnknownCustomer';
  return error instanceof Error && IS_TYPE.test(error.name) ? error.name : 'Unknown';
}

/** Only a word is a name: the code that throws may have put anything there, even what a person typed. */
const IS_TYPE = /^\w{1,60}$/;

/**
 * The failure as history may record it. An error that is not typed may quote a person's data (a database row, an
 * address), so only its type is recorded.
 */
export function asTypedFailure(error: unknown): unknown {
  if (isTyped(error)) return error;
  const type = typeOf(error);
  return ApplicationFailure.create({ type, message: `Unexpected ${type}; see the worker log.` });
}
