import { Type, type Static } from 'typebox';
import { invalidRequest } from '../errors.ts';
import type { PortalFeatures } from '../objects/portal.ts';
import { clearable, oneOf, optional } from '../params.ts';

const enabled = Type.Boolean();
const list = <const V extends readonly string[]>(...values: V) => optional(clearable(Type.Array(oneOf(...values))));
const prorations = optional(oneOf('always_invoice', 'create_prorations', 'none'));

const products = Type.Array(
  Type.Object({
    adjustable_quantity: optional(
      Type.Object({ enabled, maximum: optional(Type.Integer()), minimum: optional(Type.Integer()) }),
    ),
    prices: Type.Array(Type.String()),
    product: Type.String(),
  }),
);

/** docs.stripe.com/api/customer_portal/configurations/create */
export const featuresParam = Type.Object({
  customer_update: optional(
    Type.Object({ enabled, allowed_updates: list('address', 'email', 'name', 'phone', 'shipping', 'tax_id') }),
  ),
  invoice_history: optional(Type.Object({ enabled })),
  payment_method_update: optional(Type.Object({ enabled })),
  subscription_cancel: optional(
    Type.Object({
      cancellation_reason: optional(
        Type.Object({
          enabled,
          options: list(
            ...['customer_service', 'low_quality', 'missing_features', 'other', 'switched_service'],
            ...['too_complex', 'too_expensive', 'unused'],
          ),
        }),
      ),
      enabled,
      mode: optional(oneOf('at_period_end', 'immediately')),
      proration_behavior: prorations,
    }),
  ),
  subscription_update: optional(
    Type.Object({
      billing_cycle_anchor: optional(oneOf('now', 'unchanged')),
      default_allowed_updates: list('price', 'promotion_code', 'quantity'),
      enabled,
      products: optional(clearable(products)),
      proration_behavior: prorations,
      schedule_at_period_end: optional(
        Type.Object({
          conditions: optional(
            Type.Array(Type.Object({ type: oneOf('decreasing_item_amount', 'shortening_interval') })),
          ),
        }),
      ),
      trial_update_behavior: optional(oneOf('continue_trial', 'end_trial')),
    }),
  ),
});
export type FeaturesParam = Static<typeof featuresParam>;

export const NOTHING: PortalFeatures = {
  customer_update: { allowed_updates: [], enabled: false },
  invoice_history: { enabled: false },
  payment_method_update: { enabled: false, payment_method_configuration: null },
  subscription_cancel: {
    cancellation_reason: { enabled: false, options: [] },
    ...{ enabled: false, mode: 'at_period_end', proration_behavior: 'none' },
  },
  subscription_update: {
    ...{ billing_cycle_anchor: null, default_allowed_updates: [], enabled: false, products: null },
    ...{ proration_behavior: 'none', schedule_at_period_end: { conditions: [] }, trial_update_behavior: 'end_trial' },
  },
};

const given = <T>(value: T[] | '' | undefined, current: T[]): T[] => (value === undefined ? current : value || []);

type Update = NonNullable<FeaturesParam['subscription_update']>;

const productsOf = ({ products: asked }: Update, current: object[] | null): object[] | null =>
  asked === undefined
    ? current
    : (asked || []).map(({ adjustable_quantity: quantity, ...product }) => ({
        ...product,
        adjustable_quantity: {
          ...{ enabled: quantity?.enabled ?? false, maximum: quantity?.maximum ?? null },
          minimum: quantity?.minimum ?? 1,
        },
      }));

function updates(asked: Update, current: PortalFeatures['subscription_update']): PortalFeatures['subscription_update'] {
  const { schedule_at_period_end: schedule, ...rest } = asked;
  const next = {
    ...current,
    ...rest,
    default_allowed_updates: given(asked.default_allowed_updates, current.default_allowed_updates),
    products: productsOf(asked, current.products),
    schedule_at_period_end: { conditions: schedule?.conditions ?? current.schedule_at_period_end.conditions },
  };
  const missing = next.default_allowed_updates.length === 0 ? 'default_allowed_updates' : 'products';
  if (next.enabled && (missing === 'default_allowed_updates' || !next.products?.length))
    throw invalidRequest(`Missing required param: features[subscription_update][${missing}].`, {
      ...{ code: 'parameter_missing', param: `features[subscription_update][${missing}]` },
    });
  return next;
}

type Cancel = NonNullable<FeaturesParam['subscription_cancel']>;

function cancellation(
  { cancellation_reason: reason, ...rest }: Cancel,
  current: PortalFeatures['subscription_cancel'],
): PortalFeatures['subscription_cancel'] {
  const asked = {
    enabled: reason?.enabled ?? current.cancellation_reason.enabled,
    options: given(reason?.options, current.cancellation_reason.options),
  };
  return { ...current, ...rest, cancellation_reason: asked };
}

/** What is not named stays as it is. */
export function changeFeatures(current: PortalFeatures, asked: FeaturesParam = {}): PortalFeatures {
  const { customer_update, subscription_cancel, subscription_update } = asked;
  return {
    customer_update: {
      enabled: customer_update?.enabled ?? current.customer_update.enabled,
      allowed_updates: given(customer_update?.allowed_updates, current.customer_update.allowed_updates),
    },
    invoice_history: { ...current.invoice_history, ...asked.invoice_history },
    payment_method_update: { ...current.payment_method_update, ...asked.payment_method_update },
    subscription_cancel: subscription_cancel
      ? cancellation(subscription_cancel, current.subscription_cancel)
      : current.subscription_cancel,
    subscription_update: subscription_update
      ? updates(subscription_update, current.subscription_update)
      : current.subscription_update,
  };
}
