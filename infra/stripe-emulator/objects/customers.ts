import type { Base, Metadata, Nullable } from './base.ts';

export interface Customer extends Base<'customer'> {
  email: Nullable<string>;
  name: Nullable<string>;
  phone: Nullable<string>;
  description: Nullable<string>;
  balance: number;
  currency: Nullable<string>;
  delinquent: boolean;
  metadata: Metadata;
  invoice_prefix: string;
  next_invoice_sequence: number;
  invoice_settings: { default_payment_method: Nullable<string> };
  address: Nullable<Address>;
  test_clock: Nullable<string>;
}

export interface Address {
  city: Nullable<string>;
  country: Nullable<string>;
  line1: Nullable<string>;
  line2: Nullable<string>;
  postal_code: Nullable<string>;
  state: Nullable<string>;
}

export interface PaymentMethod extends Base<'payment_method'> {
  customer: Nullable<string>;
  card: { last4: string; brand: string; exp_month: number; exp_year: number };
  billing_details: { email: Nullable<string>; name: Nullable<string> };
  metadata: Metadata;
}
