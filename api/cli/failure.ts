import type { ErrorBody, Problem } from '../http/errors.ts';
import { CliError, EXIT } from './exit.ts';

export type Answer = Partial<ErrorBody> & { readonly command_id?: string };

/** Whether the answer gives the outcome: a command may still be running, or may not be known to have been accepted. */
export const isOutcome = (status: number, { code, command_id: underWay }: Answer): boolean =>
  code !== 'outcome_unknown' && !(status === 202 && underWay !== undefined);

/** The option's name for a field of the API, where they differ. */
const TYPED: Readonly<Record<string, string>> = {
  'idempotency-key': '--key',
  ...{ key_id: '--id', alert_id: '--id', email_id: '--id' },
  framework: '--framework',
  ...{ q: '--search', plan: '--tier', company_name: '--name', customer_id: '--customer-id' },
  ...{ failed_step: '--step', error_type: '--error-type', max_failure_rate: '--max-failure-rate' },
};

const typedFor = (field: string): string => TYPED[field] ?? field.replace(/^corrections\./, '--correct ');

const inTypedWords = ({ field, message }: Problem): string =>
  message.startsWith(`${field} `) ? `${typedFor(field)}${message.slice(field.length)}` : message;

/** An unsuccessful answer, in the words of the command line. */
export function failure(status: number, answer: Answer): CliError {
  const { message = `The API answered ${String(status)}.` } = answer;
  const problems = (answer.code === 'validation_failed' && answer.problems) || [];
  const code = isOutcome(status, answer) ? EXIT.refused : EXIT.unknown;
  const text = problems.reduce((text, problem) => text.replace(problem.message, () => inTypedWords(problem)), message);
  return new CliError(code, text.replace(/the header "Idempotency-Key: ([^"]+)"/, '--key $1'));
}
