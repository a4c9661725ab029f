import type { Base, Metadata, Nullable } from './base.ts';

export interface SetupIntent extends Base<'setup_intent'> {
  customer: Nullable<string>;
  payment_method: Nullable<string>;
  status: 'requires_payment_method' | 'requires_confirmation' | 'requires_action' | 'succeeded' | 'canceled';
  metadata: Metadata;
  client_secret: string;
  last_setup_error: Nullable<object>;
}

export interface PaymentIntent extends Base<'payment_intent'> {
  amount: number;
  amount_received: number;
  currency: string;
  customer: Nullable<string>;
  payment_method: Nullable<string>;
  latest_charge: Nullable<string>;
  last_payment_error: Nullable<object>;
  next_action: Nullable<object>;
  status: 'requires_payment_method' | 'requires_action' | 'succeeded' | 'canceled';
  metadata: Metadata;
}

export interface Charge extends Base<'charge'> {
  amount: number;
  amount_captured: number;
  amount_refunded: number;
  currency: string;
  customer: Nullable<string>;
  payment_intent: Nullable<string>;
  payment_method: string;
  payment_method_details: { card: { brand: string; last4: string } };
  disputed: boolean;
  paid: boolean;
  refunded: boolean;
  status: 'succeeded' | 'failed';
  metadata: Metadata;
}

export interface Refund extends Base<'refund'> {
  amount: number;
  currency: string;
  charge: string;
  payment_intent: Nullable<string>;
  status: string;
  metadata: Metadata;
}

export interface InvoicePayment extends Base<'invoice_payment'> {
  invoice: string;
  status: 'open' | 'paid' | 'canceled';
  amount_requested: number;
  amount_paid: Nullable<number>;
  payment: { type: 'payment_intent'; payment_intent: string };
  status_transitions: { paid_at: Nullable<number>; canceled_at: Nullable<number> };
}
