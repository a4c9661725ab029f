import { CancellationScope, makeContinueAsNewFunc, upsertSearchAttributes } from '@temporalio/workflow';
import { accounts } from '../activity-calls/proxies.ts';
import { SEARCH_ATTRIBUTES, WORKFLOW_TYPE } from '../contract/customer.ts';
import { CustomerRun } from './customer-run.ts';
import type { CustomerState } from '../domain/customer-state.ts';
import type { Phase } from '../domain/lifecycle.ts';
import type { PhaseAnswers } from './phase-commands.ts';

/** The life of one phase. */
interface PhaseLife extends PhaseAnswers {
  /** Lives through the phase and returns the next one. */
  live(): Promise<Phase>;
}

/**
 * Runs one phase and moves the customer on, by continue-as-new into the next phase's workflow type. Nothing is passed
 * but the state: search attributes carry over by themselves, and passing any would replace all of them.
 */
export async function runPhase(
  { phase, create }: { readonly phase: Exclude<Phase, 'ended'>; readonly create: (customer: CustomerRun) => PhaseLife },
  state: CustomerState,
): Promise<void> {
  const customer = new CustomerRun(phase, state);
  const life = create(customer);
  customer.open(life);
  await CancellationScope.nonCancellable(async () => {
    showOperators(customer);
    const { customerId, trialEndsAt } = state;
    await accounts.enterPhase({ customerId, phase, trialEndsAt });
    const decided = await life.live();
    await customer.close();
    // The server does not carry over a cancel from the Web UI that arrives during the change of phase: check at the
    // last instant.
    const next = customer.state.cancellation && decided !== 'ended' ? 'cancellation' : decided;
    if (next !== 'ended') await makeContinueAsNewFunc({ workflowType: WORKFLOW_TYPE[next] })(customer.state);
  });
}

function showOperators(customer: CustomerRun): void {
  const { terms, trialEndsAt } = customer.state;
  upsertSearchAttributes({
    [SEARCH_ATTRIBUTES.plan]: [terms.plan],
    [SEARCH_ATTRIBUTES.profile]: [terms.profile],
    [SEARCH_ATTRIBUTES.trialEndsAt]: trialEndsAt === null ? [] : [new Date(trialEndsAt)],
  });
  customer.view.needsAttention(null);
  customer.view.showWaitingFor('a first look at what is due');
}
