import type { Invoice, InvoiceItem, Subscription } from './billing.ts';
import type { Coupon, Discount, Price, Product, PromotionCode } from './catalogue.ts';
import type { Customer, PaymentMethod } from './customers.ts';
import type { Dispute } from './disputes.ts';
import type { Charge, InvoicePayment, PaymentIntent, Refund, SetupIntent } from './payments.ts';
import type { PortalConfiguration, PortalSession } from './portal.ts';
import type { CheckoutSession, TestClock, WebhookEndpoint } from './platform.ts';

/**
 * What the store keeps, by the value of `object`. The interfaces name the members that the emulator itself reads or
 * changes; fixed ones are added where an object is made.
 */
export interface ObjectTypes {
  'billing_portal.configuration': PortalConfiguration;
  'billing_portal.session': PortalSession;
  charge: Charge;
  'checkout.session': CheckoutSession;
  coupon: Coupon;
  customer: Customer;
  discount: Discount;
  dispute: Dispute;
  invoice: Invoice;
  invoice_payment: InvoicePayment;
  invoiceitem: InvoiceItem;
  payment_intent: PaymentIntent;
  payment_method: PaymentMethod;
  price: Price;
  product: Product;
  promotion_code: PromotionCode;
  refund: Refund;
  setup_intent: SetupIntent;
  subscription: Subscription;
  'test_helpers.test_clock': TestClock;
  webhook_endpoint: WebhookEndpoint;
}

export type ObjectType = keyof ObjectTypes;
