import { html } from 'ghtml';
import { stepsOf } from '../../../workflows/domain/core-steps.ts';
import { namesOf } from '../../../workflows/domain/steps.ts';
import type { Customer } from '../../../infra/db/repositories/customers.ts';
import type { StackChanges } from '../../../workflows/contract/replay.ts';
import type { DryRun } from '../../support/dry-run.ts';
import type { Preview } from '../../support/replay-previews.ts';
import { csrfField, field, select, type Field } from './forms.ts';
import { facts } from './words.ts';

/** What was typed into the form so far. */
export type ReplayTyped = {
  readonly [name in 'from' | 'slug' | 'company_name' | 'email' | 'plan' | 'region' | 'reason']?: string;
};

export interface ReplayView {
  /** The current values; a field that is left empty stays as it is. */
  readonly customer: Pick<Customer, 'customerId' | 'slug' | 'companyName' | 'email' | 'plan' | 'region' | 'terms'>;
  readonly csrf: string;
  readonly typed: ReplayTyped;
  /** What a correction can choose from. */
  readonly regions: readonly string[];
  readonly plans: readonly string[];
  /** What such a replay would do; without a preview there is no button to run it. */
  readonly dryRun?: DryRun | undefined;
}

const places = ({ terms }: ReplayView['customer']) => [
  { value: 'failed', label: 'what failed' },
  { value: 'start', label: 'the start (takes everything back first)' },
  ...namesOf(stepsOf(terms)).map((step) => ({ value: step, label: step })),
];
const within = 'replay';
const listed = (steps: readonly string[]): string => (steps.length === 0 ? 'nothing' : steps.join(', '));

const changeCounts = ({ changes }: StackChanges): string =>
  Object.entries(changes)
    .map(([change, count]) => `${change} ${String(count)}`)
    .join(', ');

/** The changes one by one, under their total; or why they are not known. */
function changed(said: string | null, lines: readonly string[], note: string | null): string {
  const items = lines.map((line) => html`<li>${line}</li>`);
  const list =
    items.length === 0
      ? ''
      : html`<ul>
          !${items}
        </ul>`;
  return html`${[said, note].filter((text) => text !== null).join(' ')}!${list}`;
}

const stackFact = ({ stack: { changes, note } }: DryRun): string =>
  changed(changes && changeCounts(changes), changes?.lines ?? [], note);
const linesFact = ({ changes, note }: Preview<{ readonly lines: readonly string[] }>): string =>
  changed(changes?.lines.length === 0 ? 'nothing' : null, changes?.lines ?? [], note);

const dryRunNotice = (dryRun: DryRun): string => html`
  <div class="notice" role="status" id="dry-run" tabindex="-1">
    <h3>This replay would</h3>
    !${facts([
      { name: 'Run', text: listed(dryRun.willRun) },
      { name: 'Skip', text: listed(dryRun.willSkip) },
      { name: 'Undo first', text: listed(dryRun.willUndo) },
      { name: 'Change in the stack', markup: stackFact(dryRun) },
      { name: 'Change in Stripe', markup: linesFact(dryRun.stripe) },
      ...dryRun.own.map((own) => ({ name: `Change by ${own.step}`, markup: linesFact(own) })),
    ])}
    <p>Nothing has changed yet. Correct the form and preview again, or confirm.</p>
  </div>
`;

/** The choices, first to leave it as it is. */
const choices = (now: string, all: readonly string[]) => [
  { value: '', label: `as it is: ${now}` },
  ...all.filter((one) => one !== now).map((one) => ({ value: one, label: one })),
];

const text = (spec: Omit<Field, 'within'>, now: string | null): string =>
  html`<div>!${field({ within, placeholder: now ?? '', ...spec })}</div>`;

/** Labelled with the words that failures use. */
const corrections = ({ typed, regions, plans, customer }: ReplayView): string => html`
  <fieldset>
    <legend>Corrections</legend>
    <p><small>What is left empty stays as it is.</small></p>
    <div class="filters">
      !${text({ name: 'slug', label: 'Slug', maxlength: 63, value: typed.slug }, customer.slug)}
      !${text({ name: 'company_name', label: 'Company', maxlength: 100, value: typed.company_name }, customer.companyName)}
      !${text({ name: 'email', label: 'Email', type: 'email', maxlength: 254, value: typed.email }, customer.email)}
      <div>!${select({ within, name: 'plan', label: 'Plan', chosen: typed.plan }, choices(customer.plan, plans))}</div>
      <div>
        !${select({ within, name: 'region', label: 'Region', chosen: typed.region }, choices(customer.region, regions))}
      </div>
    </div>
  </fieldset>
`;

const inputs = (view: ReplayView): string => html`
  !${select({ within, name: 'from', label: 'From', chosen: view.typed.from ?? 'failed' }, places(view.customer))}!${corrections(view)}
  !${field({ within, name: 'reason', label: 'Reason, for the audit trail', required: true, maxlength: 500, value: view.typed.reason, hint: 'Required to replay, not to preview.' })}
`;

/** The preview comes first: the button to replay appears together with what the replay would do. */
export function replayForm(view: ReplayView): string {
  const { customer, csrf, dryRun } = view;
  const path = `/console/customers/${customer.customerId}`;
  const look = dryRun ? 'Preview again' : 'Preview';
  return html`
    <form method="post" action="${path}/dry-run#dry-run">
      !${csrfField(csrf)}!${inputs(view)}!${dryRun ? dryRunNotice(dryRun) : ''}
      <div class="actions">
        <button class="secondary" formnovalidate>${look}</button>
        !${dryRun ? html`<button formaction="${path}/replay">Replay now</button>` : ''}
      </div>
    </form>
  `;
}
