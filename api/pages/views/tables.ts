import { html } from 'ghtml';

/** A table of cells that are markup already; on a phone each row becomes a card that names its cells. */
export const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string => html`
  <table>
    <thead>
      <tr>
        !${heads.map((head) => html`<th scope="col">${head}</th>`)}
      </tr>
    </thead>
    <tbody>
      !${rows.map(
        (cells) =>
          html`<tr>
            !${cells.map((cell, column) => html`<td data-label="${heads[column] ?? ''}">!${cell}</td>`)}
          </tr>`,
      )}
    </tbody>
  </table>
`;

/** Our own text, with `backticks` around what is typed. */
export const prose = (text: string): string =>
  text
    .split('`')
    .map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : html`${part}`))
    .join('');

export const cell = (text: string | number | null): string => html`${text === null ? '–' : String(text)}`;
/** A time, which must not break across lines. */
export const time = (text: string): string => html`<time>${text}</time>`;

/** A titled table; nothing when it has no rows. */
export const section = (title: string, heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  rows.length === 0
    ? ''
    : html`<section>
        <h2>${title}</h2>
        !${table(heads, rows)}
      </section>`;
