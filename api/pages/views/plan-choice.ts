import { isFree, type Plan, type Profile } from '../../../workflows/domain/profiles/index.ts';
import type { Choice } from './forms.ts';
import { counted, money } from './words.ts';

const costs = (plan: Plan, currency: string): string =>
  isFree(plan) ? 'no charge' : `${money(plan.monthlyCents, currency)} a month`;

/** A plan as something to choose: `Starter, $99 a month, 10 devices`. */
export const planChoice = (plan: Plan, { currency }: Profile): Choice => ({
  value: plan.id,
  label: [plan.name, costs(plan, currency), ...(plan.maxDevices > 0 ? [counted(plan.maxDevices, 'device')] : [])].join(
    ', ',
  ),
});
