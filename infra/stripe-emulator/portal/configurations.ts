import { Type } from 'typebox';
import type { Context } from '../context.ts';
import { invalidRequest } from '../errors.ts';
import { newId } from '../ids.ts';
import { listObjects } from '../lists.ts';
import { mergeMetadata } from '../metadata.ts';
import type { PortalConfiguration } from '../objects/portal.ts';
import { clearable, listParams, metadataParam, optional, params } from '../params.ts';
import { route } from '../routes.ts';
import { changeFeatures, featuresParam, NOTHING, type FeaturesParam } from './features.ts';

const url = optional(Type.String());
const writable = {
  business_profile: optional(
    Type.Object({
      headline: optional(clearable(Type.String())),
      privacy_policy_url: url,
      terms_of_service_url: url,
    }),
  ),
  default_return_url: optional(clearable(Type.String())),
  metadata: optional(metadataParam),
  name: optional(clearable(Type.String())),
};

interface Given {
  business_profile?: { headline?: string; privacy_policy_url?: string; terms_of_service_url?: string };
  default_return_url?: string;
  features?: FeaturesParam;
  metadata?: Record<string, string> | '';
  name?: string;
}

type Described = Pick<
  PortalConfiguration,
  'business_profile' | 'default_return_url' | 'features' | 'metadata' | 'name'
>;

const BARE: Described = {
  business_profile: { headline: null, privacy_policy_url: null, terms_of_service_url: null },
  ...{ default_return_url: null, features: NOTHING, metadata: {}, name: null },
};

function described(current: Described, given: Given): Described {
  const { business_profile, default_return_url, features, metadata, name } = given;
  const { headline, ...urls } = business_profile ?? {};
  return {
    business_profile: {
      ...current.business_profile,
      ...urls,
      ...(headline === undefined ? {} : { headline: headline || null }),
    },
    default_return_url: default_return_url === undefined ? current.default_return_url : default_return_url || null,
    features: changeFeatures(current.features, features),
    metadata: mergeMetadata(current.metadata, metadata),
    name: name === undefined ? current.name : name || null,
  };
}

function newConfiguration(context: Context, given: Given, is_default: boolean): PortalConfiguration {
  const now = context.now();
  const configuration: PortalConfiguration = {
    id: newId('billing_portal.configuration'),
    object: 'billing_portal.configuration',
    ...{ active: true, application: null, created: now, is_default, livemode: false, updated: now },
    login_page: { enabled: false, url: null },
    ...described(BARE, given),
  };
  return context.create(configuration, 'billing_portal.configuration.created');
}

const all = { enabled: true };

/** What saving the portal's settings in the dashboard does: there is a default from then on. */
export const saveDefault = (context: Context): PortalConfiguration =>
  defaultConfiguration(context) ??
  newConfiguration(
    context,
    {
      features: {
        ...{ invoice_history: all, payment_method_update: all, subscription_cancel: all },
        customer_update: { enabled: true, allowed_updates: ['email', 'tax_id'] },
      },
    },
    true,
  );

export const defaultConfiguration = ({ store }: Context): PortalConfiguration | undefined =>
  store.all('billing_portal.configuration', { is_default: true })[0];

const create = route({
  method: 'POST',
  path: '/v1/billing_portal/configurations',
  params: params({ ...writable, features: featuresParam }),
  handle: (context, given) => newConfiguration(context, given, false),
});

const retrieve = route({
  method: 'GET',
  path: '/v1/billing_portal/configurations/{configuration}',
  params: params({}),
  handle: (context, _given, id) => context.need('billing_portal.configuration', id),
});

const update = route({
  method: 'POST',
  path: '/v1/billing_portal/configurations/{configuration}',
  params: params({ ...writable, active: optional(Type.Boolean()), features: optional(featuresParam) }),
  handle: (context, { active, ...given }, id) => {
    const found = context.need('billing_portal.configuration', id);
    if (active === false && found.is_default)
      throw invalidRequest('The default configuration cannot be deactivated.', { param: 'active' });
    const next = { ...described(found, given), active: active ?? found.active, updated: context.now() };
    return context.update(found, next, 'billing_portal.configuration.updated');
  },
});

const list = route({
  method: 'GET',
  path: '/v1/billing_portal/configurations',
  params: listParams({ active: optional(Type.Boolean()), is_default: optional(Type.Boolean()) }),
  handle: ({ store }, given) => {
    const { active, is_default } = given;
    const where = { active, is_default };
    return listObjects(store, 'billing_portal.configuration', '/v1/billing_portal/configurations', given, where);
  },
});

export const configurationRoutes = [create, retrieve, update, list];
