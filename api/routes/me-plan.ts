import { limitCustomer } from '../accounts/customer-limits.ts';
import type { App } from '../http/app-type.ts';
import type { AppDeps } from '../http/deps.ts';
import { operation } from '../http/operation.ts';
import { customerOf } from '../http/plugins/access.ts';
import { COMMAND_ERRORS } from '../http/plugins/operations.ts';
import { Accepted, UNDER_WAY } from '../schemas/commands.ts';
import { CommandHeaders } from '../schemas/common.ts';
import {
  PauseBody,
  PauseReply,
  PlanChangeReply,
  PlanPreviewReply,
  PlanWishBody,
  PlanWishQuery,
} from '../schemas/plans.ts';
import { changePlan, previewPlan } from '../support/plan-change.ts';
import { pausePlan, resumePlan } from '../support/pausing.ts';
import { commandRequestOf } from '../support/command-request.ts';

const config = { access: 'person', tags: ['me'] } as const;

function pauseRoutes(app: App, deps: AppDeps): void {
  const command = { ...config, errors: [...COMMAND_ERRORS, 429], headers: CommandHeaders } as const;
  app.post(
    '/me/pause',
    operation('pausePlan', 'Pause the plan for some months', {
      ...command,
      body: PauseBody,
      response: { 200: PauseReply, ...UNDER_WAY },
    }),
    async (request) => {
      await limitCustomer(deps, customerOf(request), 'plan');
      return pausePlan(deps, commandRequestOf(request, customerOf(request)), request.body);
    },
  );
  app.post(
    '/me/resume',
    operation('resumePlan', 'End the pause now; a month that is not paid begins with its payment', {
      ...command,
      response: { 200: Accepted, ...UNDER_WAY },
    }),
    async (request) => {
      await limitCustomer(deps, customerOf(request), 'plan');
      await resumePlan(deps, commandRequestOf(request, customerOf(request)));
      return { accepted: true };
    },
  );
}

/** A customer's own plan. */
export function mePlanRoutes(app: App, deps: AppDeps): void {
  pauseRoutes(app, deps);
  app.get(
    '/me/plan/preview',
    operation('previewPlan', 'What another plan would cost, and when it would begin', {
      ...config,
      errors: [409, 422, 429, 503],
      querystring: PlanWishQuery,
      response: { 200: PlanPreviewReply },
    }),
    async (request) => {
      const customerId = customerOf(request);
      await limitCustomer(deps, customerId, 'plan');
      const { plan, billing_cycle: cycle } = request.query;
      const { wanted, when, dueNow, currency, next } = await previewPlan(deps, customerId, { plan, cycle });
      return {
        ...{ plan, billing_cycle: wanted.price.cycle, begins: when, due_now: dueNow, currency },
        next_payment: { amount: next.cents, at: next.at },
      };
    },
  );
  app.post(
    '/me/plan',
    operation('changePlan', 'Change the plan or the billing cycle', {
      ...config,
      errors: [...COMMAND_ERRORS, 422, 429],
      headers: CommandHeaders,
      body: PlanWishBody,
      response: { 200: PlanChangeReply, ...UNDER_WAY },
    }),
    async (request) => {
      const customerId = customerOf(request);
      await limitCustomer(deps, customerId, 'plan');
      const { plan, billing_cycle: cycle } = request.body;
      const changed = await changePlan(deps, commandRequestOf(request, customerId), { plan, cycle });
      return { plan: changed.plan, billing_cycle: changed.cycle, begins_at: changed.beginsAt };
    },
  );
}
