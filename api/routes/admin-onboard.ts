import { hasInstance } from '../../workflows/domain/core-steps.ts';
import { refuseWhenElsewhere, signsInHere } from '../accounts/elsewhere.ts';
import { onboardCustomer, type Onboarded } from '../accounts/onboard.ts';
import type { App } from '../http/app-type.ts';
import { operation } from '../http/operation.ts';
import type { AppDeps } from '../http/deps.ts';
import { actorOf } from '../http/plugins/access.ts';
import { OnboardBody, OnboardReply } from '../schemas/onboard.ts';

const MESSAGES: Readonly<Record<Onboarded['outcome'], string>> = {
  created: 'The customer was created; a link to set the password is mailed to them.',
  started: 'The customer already existed, but their onboarding had not started; it has started now.',
  already_there: 'The customer already exists; nothing was changed.',
};

const reply = ({ outcome, customer }: Onboarded) => ({
  outcome,
  customer_id: customer.customerId,
  company_name: customer.companyName,
  email: customer.email,
  plan: customer.plan,
  framework: customer.complianceFramework,
  provisioning: hasInstance(customer.terms) ? ('by_the_onboarding' as const) : ('skipped' as const),
  trial_ends_at: customer.trialEndsAt?.toISOString() ?? null,
  message: MESSAGES[outcome],
});

/** Customers who are created by staff. */
export function adminOnboardRoutes(app: App, deps: AppDeps): void {
  app.post(
    '/api/admin/customers',
    {
      ...operation('onboardCustomer', 'Onboard a customer who has not signed up', {
        access: 'operator',
        offered: signsInHere(deps.profile),
        errors: [409],
        tags: ['admin'],
        body: OnboardBody,
        response: { 200: OnboardReply, 201: OnboardReply },
      }),
      // No body would do.
      preValidation: (_request, _reply, done) => {
        refuseWhenElsewhere(deps);
        done();
      },
    },
    async (request, response) => {
      const onboarded = await onboardCustomer(deps, request.body, actorOf(request));
      return response.code(onboarded.outcome === 'created' ? 201 : 200).send(reply(onboarded));
    },
  );
}
