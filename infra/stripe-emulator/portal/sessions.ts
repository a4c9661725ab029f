import { Type } from 'typebox';
import type { Context } from '../context.ts';
import { invalidRequest } from '../errors.ts';
import { newId, randomText } from '../ids.ts';
import type { PortalConfiguration, PortalSession } from '../objects/portal.ts';
import { oneOf, optional, params } from '../params.ts';
import { route } from '../routes.ts';
import { orNull } from '../values.ts';
import { defaultConfiguration } from './configurations.ts';
import { flowOf, flowParam } from './flows.ts';

function configurationOf(context: Context, id: string | undefined): PortalConfiguration {
  const found =
    id === undefined
      ? defaultConfiguration(context)
      : context.need('billing_portal.configuration', id, 'configuration');
  if (!found)
    throw invalidRequest(
      'No configuration provided and your test mode default configuration has not been created. Provide a configuration or create your default by saving your customer portal settings in test mode at https://dashboard.stripe.com/test/settings/billing/portal.',
    );
  if (!found.active) throw invalidRequest(`The configuration ${found.id} is inactive.`, { param: 'configuration' });
  return found;
}

/** docs.stripe.com/api/customer_portal/sessions/create. The emulator makes the address; there is no page at it. */
const create = route({
  method: 'POST',
  path: '/v1/billing_portal/sessions',
  params: params({
    configuration: optional(Type.String()),
    customer: Type.String(),
    flow_data: optional(flowParam),
    locale: optional(oneOf('auto', 'en', 'de', 'fr', 'es')),
    return_url: optional(Type.String()),
  }),
  handle: (context, given) => {
    const customer = context.need('customer', given.customer, 'customer').id;
    const configuration = configurationOf(context, given.configuration);
    const session: PortalSession = {
      id: newId('billing_portal.session'),
      object: 'billing_portal.session',
      ...{ configuration: configuration.id, created: context.now(), customer, customer_account: null },
      flow: given.flow_data ? flowOf(context, given.flow_data, { configuration, customer }) : null,
      ...{ livemode: false, on_behalf_of: null, ...orNull(given, 'locale') },
      return_url: given.return_url ?? configuration.default_return_url,
      url: `${context.settings.publicUrl()}/p/session/test_${randomText(40)}`,
    };
    return context.create(session, 'billing_portal.session.created');
  },
});

export const portalSessionRoutes = [create];
