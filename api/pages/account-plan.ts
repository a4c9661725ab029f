import { Type } from 'typebox';
import { limitCustomer } from '../accounts/customer-limits.ts';
import type { App } from '../http/app-type.ts';
import type { AppDeps } from '../http/deps.ts';
import { customerOf } from '../http/plugins/access.ts';
import { PauseBody, PlanWishBody } from '../schemas/plans.ts';
import { commandRequestOf } from '../support/command-request.ts';
import { pausePlan, resumePlan } from '../support/pausing.ts';
import { changePlan, previewPlan } from '../support/plan-change.ts';
import { findProfile } from '../../workflows/domain/profiles/index.ts';
import type { Act } from './account-access.ts';
import { asApiBody } from './as-api-body.ts';
import { EmptyForm, PauseForm, PlanForm } from './form-schemas.ts';
import { csrfFor, sendPage } from './scope.ts';
import { planChangePage } from './views/account-plan.ts';
import { readChoice } from './views/plan-choice.ts';

const config = { access: 'person', page: true } as const;
const querystring = Type.Object({ plan: Type.String({ maxLength: 60 }) });

/** The page that says what another plan costs, and the forms for that, for a pause and for its end. */
export function accountPlanForms(app: App, deps: AppDeps, act: Act): void {
  app.get<{ Querystring: { plan: string } }>(
    '/account/plan',
    { config, schema: { hide: true, querystring } },
    (request, reply) =>
      act(request, reply, async () => {
        const customerId = customerOf(request);
        await limitCustomer(deps, customerId, 'plan');
        const choice = request.query.plan;
        const { plan, billing_cycle: cycle } = asApiBody(request, PlanWishBody, readChoice(choice));
        const change = await previewPlan(deps, customerId, { plan, cycle });
        const csrf = csrfFor(deps, request, reply);
        return sendPage(reply, planChangePage({ change, choice, csrf, profile: findProfile(change.customer.profile) }));
      }),
  );
  app.post('/account/pause', { config, schema: { hide: true, body: PauseForm } }, (request, reply) =>
    act(request, reply, async () => {
      const { months } = asApiBody(request, PauseBody, { months: Number(request.body.months ?? '') });
      await limitCustomer(deps, customerOf(request), 'plan');
      await pausePlan(deps, commandRequestOf(request, customerOf(request)), { months });
      return '/account?done=paused';
    }),
  );
  app.post('/account/resume', { config, schema: { hide: true, body: EmptyForm } }, (request, reply) =>
    act(request, reply, async () => {
      await limitCustomer(deps, customerOf(request), 'plan');
      await resumePlan(deps, commandRequestOf(request, customerOf(request)));
      return '/account?done=resumed';
    }),
  );
  app.post('/account/plan', { config, schema: { hide: true, body: PlanForm } }, (request, reply) =>
    act(request, reply, async () => {
      const customerId = customerOf(request);
      await limitCustomer(deps, customerId, 'plan');
      const { plan, billing_cycle: cycle } = asApiBody(request, PlanWishBody, readChoice(request.body.plan ?? ''));
      const { beginsAt } = await changePlan(deps, commandRequestOf(request, customerId), { plan, cycle });
      return `/account?done=${beginsAt === null ? 'plan' : 'plan-later'}`;
    }),
  );
}
