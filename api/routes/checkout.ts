import { checkoutState, openCheckout } from '../accounts/checkout.ts';
import { refuseWhenElsewhere, signsInHere } from '../accounts/elsewhere.ts';
import { acceptSignup } from '../accounts/signup-rules.ts';
import type { App } from '../http/app-type.ts';
import { operation } from '../http/operation.ts';
import type { AppDeps } from '../http/deps.ts';
import { COMMAND_ERRORS } from '../http/plugins/operations.ts';
import { schemaProblems } from '../http/plugins/problems.ts';
import { CheckoutBody, CheckoutParams, CheckoutReply, CheckoutStateReply } from '../schemas/checkout.ts';
import { CommandHeaders } from '../schemas/common.ts';

export function checkoutRoutes(app: App, deps: AppDeps): void {
  app.post(
    '/api/customers/checkout',
    {
      ...operation(
        'openCheckout',
        "Pay first: returns the address of Stripe's page; completing it creates the customer",
        {
          ...{
            access: 'public',
            signup: true,
            offered: signsInHere(deps.profile),
            failure: 'Checkout failed',
            errors: [...COMMAND_ERRORS, 422, 429],
            tags: ['customers'],
          },
          headers: CommandHeaders,
          body: CheckoutBody,
          response: { 201: CheckoutReply },
        },
      ),
      attachValidation: true,
    },
    async (request, reply) => {
      refuseWhenElsewhere(deps);
      const signup = acceptSignup(request.body, schemaProblems(request.validationError), deps.profile, 'payer');
      const key = request.headers['idempotency-key'];
      const { checkoutUrl, checkoutId } = await openCheckout(deps, signup, { ip: request.ip, key });
      return reply.code(201).send({ checkout_url: checkoutUrl, session_id: checkoutId });
    },
  );
  app.get(
    '/api/customers/checkout/:session_id',
    operation('verifyCheckout', 'The state of a Checkout: open, or completed by a new customer', {
      access: 'public',
      errors: [404],
      offered: signsInHere(deps.profile),
      tags: ['customers'],
      params: CheckoutParams,
      response: { 200: CheckoutStateReply },
    }),
    async (request) => {
      const { status, customerId } = await checkoutState(deps, request.params.session_id);
      return { status, customer_id: customerId };
    },
  );
}
