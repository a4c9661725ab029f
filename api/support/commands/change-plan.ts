import { PlanChangeReply, PlanOrderBody } from '../../schemas/plans.ts';
import { CYCLES } from '../../../workflows/domain/profiles/index.ts';
import { command, inPhase, REASON } from './command.ts';

const CYCLE_WORDS = { monthly: 'monthly', quarterly: 'every 3 months', annual: 'yearly' } as const;
const [first, ...others] = CYCLES.map((value) => ({ value, label: CYCLE_WORDS[value] }));

export const changePlan = command({
  name: 'change-plan',
  role: 'support',
  console: {
    ...{ title: 'Change the plan', button: 'Change the plan', done: 'The plan is changed.' },
    note: 'A higher plan begins now, and its price until the next payment is charged. A lower one begins where what is paid ends.',
    offered: inPhase('trial', 'subscription'),
    onceOnly: true,
  },
  help: 'change the plan, or how it is paid',
  operationId: 'changeCustomerPlan',
  summary: 'Change the plan or the billing cycle of a customer',
  errors: [409, 422, 502, 504],
  inputs: [
    {
      ...{ kind: 'text', field: 'plan', label: 'Plan', required: true, maxLength: 50 },
      option: ['--plan <plan>', 'its id in the catalogue'],
    },
    {
      ...{ kind: 'word', field: 'billing_cycle', label: 'Paid' },
      words: [first ?? { value: 'monthly', label: CYCLE_WORDS.monthly }, ...others],
      option: ['--cycle <cycle>', 'monthly (default), quarterly or annual'],
    },
    REASON,
  ],
  body: PlanOrderBody,
  reply: PlanChangeReply,
  run: async (deps, command, { plan, billing_cycle: cycle, reason }) => {
    const { changePlan: change } = await import('../plan-change.ts');
    const changed = await change(deps, command, { plan, cycle, reason });
    return { plan: changed.plan, billing_cycle: changed.cycle, begins_at: changed.beginsAt };
  },
});
