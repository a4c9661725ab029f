import { html } from 'ghtml';
import { ONBOARDING_STEPS } from '../../../workflows/domain/onboarding-plan.ts';
import type { StackChanges } from '../../../workflows/contract.ts';
import type { DryRun } from '../../dry-run.ts';
import { csrfField, field, select } from './forms.ts';
import { facts } from './words.ts';

/** What was typed into the form so far. */
export type ReplayTyped = {
  readonly [name in 'from' | 'slug' | 'company_name' | 'email' | 'plan' | 'region' | 'reason']?: string;
};

export interface ReplayView {
  readonly customerId: string;
  readonly csrf: string;
  readonly typed: ReplayTyped;
  /** Where a stack can stand. */
  readonly regions: readonly string[];
  /** What such a replay would do; without it there is no button that does it. */
  readonly dryRun?: DryRun | undefined;
}

const FROM = [
  { value: 'failed', label: 'what failed' },
  { value: 'start', label: 'the start (takes everything back first)' },
  ...ONBOARDING_STEPS.map((step) => ({ value: step, label: step })),
];
const within = 'replay';
const listed = (steps: readonly string[]): string => (steps.length === 0 ? 'nothing' : steps.join(', '));

const counted = ({ changes }: StackChanges): string =>
  Object.entries(changes)
    .map(([change, count]) => `${change} ${String(count)}`)
    .join(', ');

/** The changes one by one, under what they come to; or why they are not known. */
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
  changed(changes && counted(changes), changes?.lines ?? [], note);
const stripeFact = ({ stripe: { changes, note } }: DryRun): string =>
  changed(changes?.lines.length === 0 ? 'nothing' : null, changes?.lines ?? [], note);

const dryRunNotice = (dryRun: DryRun): string => html`
  <div class="notice" role="status" id="dry-run" tabindex="-1">
    <h3>This replay would</h3>
    !${facts([
      { name: 'Run', text: listed(dryRun.willRun) },
      { name: 'Skip', text: listed(dryRun.willSkip) },
      { name: 'Undo first', text: listed(dryRun.willUndo) },
      { name: 'Change in the stack', markup: stackFact(dryRun) },
      { name: 'Change in Stripe', markup: stripeFact(dryRun) },
    ])}
    <p>Nothing was changed so far. Correct the form and look again, or confirm.</p>
  </div>
`;

const regionChoices = (regions: readonly string[]) => [
  { value: '', label: 'as it is' },
  ...regions.map((region) => ({ value: region, label: region })),
];

const inputs = ({ typed, regions }: ReplayView): string => html`
  !${select({ within, name: 'from', label: 'From', chosen: typed.from ?? 'failed' }, FROM)}
  <fieldset>
    <legend>Corrections</legend>
    <div class="filters">
      <div>!${field({ within, name: 'slug', label: 'Instance name', maxlength: 63, value: typed.slug })}</div>
      <div>
        !${field({ within, name: 'company_name', label: 'Company', maxlength: 100, value: typed.company_name })}
      </div>
      <div>!${field({ within, name: 'email', label: 'Email', type: 'email', maxlength: 254, value: typed.email })}</div>
      <div>!${field({ within, name: 'plan', label: 'Plan', maxlength: 50, value: typed.plan })}</div>
      <div>!${select({ within, name: 'region', label: 'Region', chosen: typed.region }, regionChoices(regions))}</div>
    </div>
  </fieldset>
  !${field({ within, name: 'reason', label: 'Reason, for the audit trail', required: true, maxlength: 500, value: typed.reason, hint: 'Needed to replay, not to look.' })}
`;

/** Looking comes first: the button that replays appears with what the replay would do. */
export function replayForm(view: ReplayView): string {
  const { customerId, csrf, dryRun } = view;
  const path = `/console/customers/${customerId}`;
  const look = dryRun ? 'Look again' : 'Show what it would do';
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
