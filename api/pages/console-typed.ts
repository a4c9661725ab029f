import type { Static } from 'typebox';
import { readInstant } from '../../infra/input/instant.ts';
import { decimalOf, wholeOf } from '../../infra/input/number.ts';
import { invalid, type ApiError } from '../http/errors.ts';
import { nameInForm, REASON, type Input, type SupportCommand } from '../support/commands/command.ts';
import type { ConsoleForm } from './form-schemas.ts';

/** What was typed into a form of the console. */
export type ConsoleTyped = Static<typeof ConsoleForm>;

/** The parts of a form that were filled in. */
export const filled = <K extends string>(form: ConsoleTyped, ...names: K[]): { readonly [N in K]?: string } =>
  Object.fromEntries(names.flatMap((name) => (form[name] ? [[name, form[name]]] : []))) as { [N in K]?: string };

type Kind = Input['kind'];
type InputOf<K extends Kind> = Extract<Input, { readonly kind: K }>;
/** The value of an input in the API's body; undefined if there is none. */
type Read<K extends Kind> = (
  input: InputOf<K>,
  typed: { readonly text: string; readonly form: ConsoleTyped; readonly customerId: string },
) => unknown;

/** @throws ApiError 422 in the words of the form */
function valid<T>(value: T | false | undefined, refusal: () => ApiError): T {
  if (value !== undefined && value !== false) return value;
  throw refusal();
}
const wrong =
  ({ field, wrong: [error, message] = ['The form is not valid', ''] }: Pick<InputOf<'text'>, 'field' | 'wrong'>) =>
  (): ApiError =>
    invalid(error, [{ field, message }], 422);
const atLeast = (least: number, number: number | undefined): number | undefined =>
  number !== undefined && number >= least ? number : undefined;

const READ: { readonly [K in Kind]: Read<K> } = {
  text: (input, { text }) =>
    input.wrong ? valid(text || undefined, wrong(input)) : input.required ? text : text || undefined,
  number: (input, { text }) => valid(atLeast(input.least, decimalOf(text)), wrong(input)),
  cents: (input, { text }) => (text === '' ? undefined : valid(atLeast(1, wholeOf(text)), wrong(input))),
  instant: (input, { text }) => valid(readInstant(text), wrong(input)),
  word: ({ words: [first] }, { text }) => text || first.value,
  choice: (input, { text }) => valid(/^[0-9a-f-]{36}$/.test(text) && text, wrong(input)),
  tick: (_input, { text }) => text !== '',
  end: (_input, { text, form: { confirm = '' }, customerId }) => {
    if (text === '' || confirm.trim() === customerId) return text !== '';
    const message = "Type the customer's id to confirm that this may end the customer.";
    throw invalid('Not confirmed', [{ field: 'confirm', message }], 422);
  },
};

/** @throws ApiError 422 */
export const reasonOf = ({ reason = '' }: { readonly reason?: string | undefined }): string =>
  valid(reason || undefined, wrong(REASON));

/**
 * A form as the body of the API route that does the same.
 * @throws ApiError 422 in the words of the form
 */
export const bodyOf = ({ inputs }: SupportCommand, form: ConsoleTyped, customerId: string): object =>
  Object.fromEntries(
    inputs.flatMap((input) => {
      const value = READ[input.kind](input as never, {
        text: form[nameInForm(input)] ?? '',
        form,
        customerId,
      });
      return value === undefined ? [] : [[input.field, value]];
    }),
  );
