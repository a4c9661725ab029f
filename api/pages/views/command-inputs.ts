import { html } from 'ghtml';
import type { CustomerDetail } from '../../support/customer-detail.ts';
import { nameInForm, type Input, type SupportCommand } from '../../support/commands/command.ts';
import { field, select } from './forms.ts';

type Kind = Input['kind'];
interface Shown {
  /** Keeps ids apart when a page has several forms. */
  readonly within: string;
  readonly name: string;
  readonly label: string;
}
/** Absent on pages about no customer in particular, which have no choices. */
type Show<K extends Kind> = (
  input: Extract<Input, { readonly kind: K }>,
  shown: Shown,
  detail: CustomerDetail | undefined,
) => string;

const box = ({ name, label }: Shown): string =>
  html`<label><input type="checkbox" name="${name}" value="yes" /> ${label}</label>`;

const SHOW: { readonly [K in Kind]: Show<K> } = {
  text: ({ hint, required, maxLength }, shown) =>
    field({ ...shown, ...(hint !== undefined && { hint }), ...(required && { required }), maxlength: maxLength }),
  number: ({ value }, shown) => field({ ...shown, type: 'number', value, required: true }),
  cents: ({ hint }, shown) => field({ ...shown, hint }),
  instant: ({ hint }, shown) => field({ ...shown, hint, required: true }),
  word: ({ words }, shown) => select({ ...shown, chosen: words[0].value }, words),
  choice: ({ from }, shown, detail) => select(shown, detail ? from(detail) : []),
  tick: (_input, shown) => box(shown),
  end: ({ confirm }, shown) => html`
    <fieldset>
      !${box(shown)} !${field({ within: shown.within, name: 'confirm', label: confirm, maxlength: 100 })}
    </fieldset>
  `,
};

/** The inputs of a command, as a form shows them. */
export const commandInputs = ({ inputs }: SupportCommand, within: string, detail?: CustomerDetail): string =>
  inputs
    .map((input) => {
      const shown = { within, name: nameInForm(input), label: input.label };
      return SHOW[input.kind](input as never, shown, detail);
    })
    .join('');
