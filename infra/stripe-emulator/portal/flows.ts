import { Type, type Static } from 'typebox';
import type { Context } from '../context.ts';
import { invalidRequest } from '../errors.ts';
import type { Subscription } from '../objects/billing.ts';
import type { PortalConfiguration } from '../objects/portal.ts';
import { oneOf, optional } from '../params.ts';
import { orNull } from '../values.ts';

const ofSubscription = Type.Object({ subscription: Type.String() });

/** Deep links into the portal: docs.stripe.com/customer-management/portal-deep-links */
export const flowParam = Type.Object({
  after_completion: optional(
    Type.Object({
      hosted_confirmation: optional(Type.Object({ custom_message: optional(Type.String()) })),
      redirect: optional(Type.Object({ return_url: Type.String() })),
      type: oneOf('hosted_confirmation', 'portal_homepage', 'redirect'),
    }),
  ),
  subscription_cancel: optional(ofSubscription),
  subscription_update: optional(ofSubscription),
  subscription_update_confirm: optional(
    Type.Object({
      items: Type.Array(
        Type.Object({
          id: Type.String(),
          price: optional(Type.String()),
          quantity: optional(Type.Integer({ minimum: 0 })),
        }),
      ),
      subscription: Type.String(),
    }),
  ),
  type: oneOf(
    ...['customer_update', 'payment_method_update', 'subscription_cancel', 'subscription_update'],
    'subscription_update_confirm',
  ),
});
export type FlowParam = Static<typeof flowParam>;

const SUBSCRIPTION_FLOWS = ['subscription_cancel', 'subscription_update', 'subscription_update_confirm'] as const;

const FEATURES = {
  customer_update: 'customer_update',
  payment_method_update: 'payment_method_update',
  subscription_cancel: 'subscription_cancel',
  subscription_update: 'subscription_update',
  subscription_update_confirm: 'subscription_update',
} as const;

function checkEnabled({ type }: FlowParam, { features }: PortalConfiguration): void {
  const feature = FEATURES[type as keyof typeof FEATURES];
  if (features[feature].enabled) return;
  throw invalidRequest(
    `The \`${type}\` flow cannot be used because the \`${feature}\` feature in the portal configuration is disabled.`,
    { param: 'flow_data[type]' },
  );
}

function subscriptionOf(context: Context, id: string, customer: string, param: string): Subscription {
  const subscription = context.need('subscription', id, param);
  if (subscription.customer !== customer || subscription.ended_at !== null)
    throw invalidRequest(`No such subscription: '${id}'`, { code: 'resource_missing', param });
  return subscription;
}

function checkItems(context: Context, flow: FlowParam, { items }: Subscription): void {
  flow.subscription_update_confirm?.items.forEach(({ id, price }, index) => {
    const param = `flow_data[subscription_update_confirm][items][${String(index)}]`;
    if (items.data.every((item) => item.id !== id))
      throw invalidRequest(`No such subscription item: '${id}'`, { code: 'resource_missing', param: `${param}[id]` });
    if (price !== undefined) context.need('price', price, `${param}[price]`);
  });
}

function checkSubscription(context: Context, flow: FlowParam, customer: string): void {
  const name = SUBSCRIPTION_FLOWS.find((one) => one === flow.type);
  if (!name) return;
  const param = `flow_data[${name}]`;
  const about = flow[name];
  if (!about) throw invalidRequest(`Missing required param: ${param}.`, { code: 'parameter_missing', param });
  const subscription = subscriptionOf(context, about.subscription, customer, `${param}[subscription]`);
  if (subscription.cancel_at !== null && name === 'subscription_cancel')
    throw invalidRequest(`The subscription ${subscription.id} is already set to be canceled.`, {
      param: `${param}[subscription]`,
    });
  checkItems(context, flow, subscription);
}

function afterCompletion({ after_completion: after }: FlowParam): object {
  if (after?.type === 'redirect' && !after.redirect) {
    const param = 'flow_data[after_completion][redirect]';
    throw invalidRequest(`Missing required param: ${param}.`, { code: 'parameter_missing', param });
  }
  return { hosted_confirmation: null, redirect: null, type: 'portal_homepage', ...after };
}

/** The flow as the session shows it. */
export function flowOf(
  context: Context,
  flow: FlowParam,
  { configuration, customer }: { configuration: PortalConfiguration; customer: string },
): object {
  checkEnabled(flow, configuration);
  checkSubscription(context, flow, customer);
  const confirm = flow.subscription_update_confirm;
  return {
    ...{ after_completion: afterCompletion(flow), type: flow.type, customer_update: null },
    subscription_cancel: flow.subscription_cancel ? { retention: null, ...flow.subscription_cancel } : null,
    subscription_update: flow.subscription_update ?? null,
    subscription_update_confirm: confirm
      ? { discounts: null, ...confirm, items: confirm.items.map((item) => ({ ...item, ...orNull(item, 'price') })) }
      : null,
  };
}
