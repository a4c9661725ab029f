import type { Static } from 'typebox';
import { readInstant } from '../../infra/input/instant.ts';
import { decimalOf, wholeOf } from '../../infra/input/number.ts';
import { invalid } from '../http/errors.ts';
import { LEAST_DAYS } from '../schemas/commands.ts';
import type { ConsoleForm } from './form-schemas.ts';

/** What was typed into a form of the console. */
export type ConsoleTyped = Static<typeof ConsoleForm>;

/** The parts of a form that were filled in. */
export const filled = <K extends keyof ConsoleTyped>(
  form: ConsoleTyped,
  ...names: K[]
): { readonly [N in K]?: string } =>
  Object.fromEntries(names.flatMap((name) => (form[name] ? [[name, form[name]]] : []))) as { [N in K]?: string };

export function reasonOf({ reason }: ConsoleTyped): string {
  if (reason) return reason;
  throw invalid('The reason is missing', [{ field: 'reason', message: 'Say why: it goes into the audit trail.' }], 422);
}

export function daysOf({ days = '' }: ConsoleTyped): number {
  const number = decimalOf(days);
  if (number !== undefined && number >= LEAST_DAYS) return number;
  const message = `Enter a number of days, at least ${String(LEAST_DAYS)}.`;
  throw invalid('The days are not valid', [{ field: 'days', message }], 422);
}

export function instantOf({ to = '' }: ConsoleTyped): string {
  const instant = readInstant(to);
  if (instant !== undefined) return instant;
  throw invalid('The date is not valid', [{ field: 'to', message: 'Enter a time like 2026-12-24T00:00:00Z.' }], 422);
}

export function amountOf({ amount = '' }: ConsoleTyped): { readonly amount?: number } {
  if (amount === '') return {};
  const cents = wholeOf(amount);
  if (cents !== undefined && cents > 0) return { amount: cents };
  const problem = { field: 'amount', message: 'Enter whole cents, like 9900, or nothing for all that is left.' };
  throw invalid('The amount is not valid', [problem], 422);
}

const CHOICES = {
  key_id: 'Choose the key to revoke.',
  alert_id: 'Choose the alert to dismiss.',
  email_id: 'Choose the mail to send.',
} as const;

/** What was chosen from a list of the page. */
export function chosenOf(form: ConsoleTyped, field: keyof typeof CHOICES): string {
  const chosen = form[field] ?? '';
  if (/^[0-9a-f-]{36}$/.test(chosen)) return chosen;
  throw invalid('The choice is missing', [{ field, message: CHOICES[field] }], 422);
}

/** Whether what ends somebody was ordered too; the id is typed once more, so that a slip ends nobody. */
export function endOf({ end, confirm = '' }: ConsoleTyped, customerId: string): boolean {
  if (end === undefined || confirm.trim() === customerId) return end !== undefined;
  const message = "Type the customer's id to confirm what ends somebody.";
  throw invalid('Not confirmed', [{ field: 'confirm', message }], 422);
}
