import { html } from 'ghtml';
import type { ErrorBody, Problem } from '../../http/errors.ts';

export interface Field {
  readonly name: string;
  /** Keeps ids apart when a page has several forms. */
  readonly within?: string;
  readonly label: string;
  readonly type?: string;
  readonly value?: string | undefined;
  readonly required?: boolean;
  readonly hint?: string;
  /** The current value, where leaving the field empty keeps it. */
  readonly placeholder?: string;
  readonly autocomplete?: string;
  readonly maxlength?: number;
  readonly problems?: readonly Problem[] | undefined;
}

const idOf = ({ name, within }: Pick<Field, 'name' | 'within'>): string =>
  within === undefined ? name : `${within}-${name}`;

function attributes(spec: Field, notes: number, bad: boolean): string {
  const { name, type = 'text', value = '', required, placeholder, autocomplete, maxlength } = spec;
  const given: Readonly<Record<string, string | number | undefined>> = {
    id: idOf(spec),
    name,
    type,
    value,
    placeholder,
    autocomplete,
    maxlength,
    required: required === true ? '' : undefined,
    'aria-invalid': bad ? 'true' : undefined,
    'aria-describedby': notes > 0 ? `${idOf(spec)}-note` : undefined,
  };
  return Object.entries(given)
    .filter(([, text]) => text !== undefined)
    .map(([attribute, text]) => html` ${attribute}="${String(text)}"`)
    .join('');
}

/** An input with its label, its hint and what is wrong with it, tied together for screen readers. */
export function field(spec: Field): string {
  const { name, label, required, hint, problems = [] } = spec;
  const wrong = problems
    .filter((problem) => problem.field === name)
    .map(({ message }) => (message.startsWith(name) ? message.replace(name, label) : message).replace(/\.$/, ''));
  const notes = wrong.length > 0 || hint === undefined ? wrong : [hint];
  const note = notes.length === 0 ? '' : html`<small id="${idOf(spec)}-note">${notes.join('. ')}</small>`;
  const mark = required === true ? '' : ' <small>(optional)</small>';
  return html`<label for="${idOf(spec)}">${label}!${mark}</label
    ><input!${attributes(spec, notes.length, wrong.length > 0)} />!${note}`;
}

export interface Choice {
  readonly value: string;
  readonly label: string;
  /** What a script shows instead, once a tick beside it is set otherwise. */
  readonly other?: string | undefined;
  /** The heading that it stands under, with those of the same beside it. */
  readonly group?: string;
}

function options(choices: readonly Choice[], chosen: string | undefined): string {
  const one = ({ value, label, other }: Choice): string => {
    const otherwise = other === undefined ? '' : html`data-other="${other}" `;
    return html`<option !${otherwise}value="${value}" !${value === chosen ? ' selected' : ''}>${label}</option>`;
  };
  const groups = [...new Set(choices.map(({ group }) => group))];
  return groups
    .map((group) => {
      const inside = choices.filter((choice) => choice.group === group).map(one);
      return group === undefined ? html`!${inside}` : html`<optgroup label="${group}">!${inside}</optgroup>`;
    })
    .join('');
}

export function select(
  spec: Pick<Field, 'name' | 'label' | 'within'> & { readonly chosen?: string | undefined },
  choices: readonly Choice[],
): string {
  const id = idOf(spec);
  return html`<label for="${id}">${spec.label}</label
    ><select id="${id}" name="${spec.name}">
      !${options(choices, spec.chosen)}
    </select>`;
}

export const csrfField = (csrf: string): string => html`<input type="hidden" name="_csrf" value="${csrf}" />`;

/** A form of one button. */
export const buttonForm = (spec: {
  readonly action: string;
  readonly csrf: string;
  readonly label: string;
  readonly look?: string;
  readonly inputs?: string;
}): string => html`
  <form method="post" action="${spec.action}">
    !${csrfField(spec.csrf)}!${spec.inputs ?? ''}<button class="${spec.look ?? ''}">${spec.label}</button>
  </form>
`;

/** What went wrong, announced immediately. */
export const errorNotice = (error: Pick<ErrorBody, 'error' | 'message'> | undefined): string =>
  error === undefined
    ? ''
    : html`<div class="notice bad" role="alert">
        <strong>${error.error}</strong><br />${error.message === error.error ? '' : error.message}
      </div>`;

export const notice = (text: string | undefined): string =>
  text === undefined ? '' : html`<div class="notice good" role="status">${text}</div>`;
