import { randomUUID } from 'node:crypto';
import { html } from 'ghtml';
import type { DryRun } from '../../support/dry-run.ts';
import { awaitsReplay } from '../../support/explain.ts';
import type { Offering, SupportCommand } from '../../support/commands/command.ts';
import { SUPPORT_COMMANDS } from '../../support/commands/index.ts';
import { commandInputs } from './command-inputs.ts';
import { replayForm, type ReplayTyped } from './console-replay.ts';
import { csrfField } from './forms.ts';

interface ActionsView extends Offering {
  readonly csrf: string;
  readonly regions: readonly string[];
  readonly plans: readonly string[];
  readonly typed?: ReplayTyped;
  readonly dryRun?: DryRun;
  /** The key of a form whose outcome is not known: sent again with it, it is the same command. */
  readonly retryKey?: string | undefined;
}

function replay({ detail: { customer }, typed = {}, ...view }: ActionsView): string {
  const open = customer.attention === null ? '' : ' open';
  return html`
    <details!${open}>
      <summary>Replay the onboarding</summary>
      !${replayForm({ ...view, customer, typed })}
    </details>
  `;
}

const actionsFor = (view: Offering): readonly SupportCommand[] =>
  SUPPORT_COMMANDS.filter(
    ({ role, console: form }) => (role === 'support' || role === view.role) && form?.offered(view),
  );

const replayable = ({ detail: { customer } }: Offering): boolean =>
  customer.phase === 'onboarding' || awaitsReplay(customer);

/** What the viewer can do now: an older page notices by it that its forms are outdated. */
export const offeredActions = (view: Offering): string =>
  [...(replayable(view) ? ['replay'] : []), ...actionsFor(view).map(({ name }) => name)].join(' ');

function actionForm(command: SupportCommand, view: ActionsView): string {
  const { name, console: form } = command;
  if (!form) return '';
  const { customer } = view.detail;
  const { retryKey = randomUUID() } = view;
  const key = form.onceOnly ? html`<input type="hidden" name="key" value="${retryKey}" />` : '';
  const note = form.note === undefined ? '' : html`<p>${form.note}</p>`;
  return html`
    <details>
      <summary>${form.title}</summary>
      <form method="post" action="/console/customers/${customer.customerId}/${name}">
        !${csrfField(view.csrf)}<input type="hidden" name="phase" value="${customer.phase}" />
        !${key}!${note}!${commandInputs(command, name, view.detail)}<button>${form.button}</button>
      </form>
    </details>
  `;
}

/** The forms for what the viewer can do now. */
export function consoleActions(view: ActionsView): string {
  const forms = actionsFor(view).map((command) => actionForm(command, view));
  const all = replayable(view) ? [replay(view), ...forms] : forms;
  return all.length === 0
    ? ''
    : html`<section>
        <h2>Actions</h2>
        !${all}
      </section>`;
}
