import type { Base, Metadata, Nullable } from './base.ts';

export interface PortalFeatures {
  customer_update: { allowed_updates: string[]; enabled: boolean };
  invoice_history: { enabled: boolean };
  payment_method_update: { enabled: boolean; payment_method_configuration: null };
  subscription_cancel: {
    cancellation_reason: { enabled: boolean; options: string[] };
    enabled: boolean;
    mode: string;
    proration_behavior: string;
  };
  subscription_update: {
    billing_cycle_anchor: Nullable<string>;
    default_allowed_updates: string[];
    enabled: boolean;
    products: Nullable<object[]>;
    proration_behavior: string;
    schedule_at_period_end: { conditions: { type: string }[] };
    trial_update_behavior: string;
  };
}

export interface PortalConfiguration extends Base<'billing_portal.configuration'> {
  active: boolean;
  business_profile: {
    headline: Nullable<string>;
    privacy_policy_url: Nullable<string>;
    terms_of_service_url: Nullable<string>;
  };
  default_return_url: Nullable<string>;
  features: PortalFeatures;
  is_default: boolean;
  login_page: { enabled: boolean; url: Nullable<string> };
  metadata: Metadata;
  name: Nullable<string>;
  updated: number;
}

export interface PortalSession extends Base<'billing_portal.session'> {
  configuration: string;
  customer: string;
  flow: Nullable<object>;
  return_url: Nullable<string>;
  url: string;
}
