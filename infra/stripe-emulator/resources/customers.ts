import { Type } from 'typebox';
import { attachPaymentMethod, ownPaymentMethod, resolvePaymentMethod } from '../billing-engine/payment-methods.ts';
import { endSubscription } from '../billing-engine/subscriptions.ts';
import type { Context } from '../context.ts';
import { noSuch } from '../errors.ts';
import { newId, randomText } from '../ids.ts';
import { listObjects } from '../lists.ts';
import { mergeMetadata } from '../metadata.ts';
import type { Address, Customer } from '../objects/customers.ts';
import { clearable, listParams, metadataParam, oneOf, optional, params } from '../params.ts';
import { route } from '../routes.ts';
import { search, searchParams } from '../search.ts';

const text = optional(clearable(Type.String()));
const ADDRESS_PARTS = ['city', 'country', 'line1', 'line2', 'postal_code', 'state'] as const;
const part = optional(Type.String());
const address = clearable(
  Type.Object({ city: part, country: part, line1: part, line2: part, postal_code: part, state: part }),
);

const writable = {
  address: optional(address),
  balance: optional(Type.Integer()),
  description: text,
  email: text,
  invoice_settings: optional(Type.Object({ default_payment_method: optional(Type.String()) })),
  metadata: optional(metadataParam),
  name: text,
  phone: text,
};

const INVOICE_SETTINGS = { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null };

function bare(context: Context, testClock: string | null): Customer {
  return {
    id: newId('customer'),
    object: 'customer',
    ...{ address: null, balance: 0, created: context.now(testClock), currency: null, customer_account: null },
    ...{ default_source: null, delinquent: false, description: null, discount: null, email: null },
    ...{
      invoice_prefix: randomText(8).toUpperCase(),
      invoice_settings: INVOICE_SETTINGS,
      livemode: false,
      metadata: {},
    },
    ...{ name: null, next_invoice_sequence: 1, phone: null, preferred_locales: [], shipping: null },
    ...{ tax_exempt: 'none', test_clock: testClock },
  };
}

const wholeAddress = (given: Partial<Address> | ''): Address | null =>
  given === ''
    ? null
    : (Object.fromEntries(ADDRESS_PARTS.map((name) => [name, given[name] ?? null])) as unknown as Address);

interface Given {
  balance?: number;
  address?: Partial<Address> | '';
  description?: string;
  email?: string;
  name?: string;
  phone?: string;
  metadata?: Record<string, string> | '';
}

function patchOf(current: Customer, given: Given): Partial<Customer> {
  const texts = (['description', 'email', 'name', 'phone'] as const)
    .filter((name) => given[name] !== undefined)
    .map((name) => [name, given[name] === '' ? null : given[name]]);
  return {
    ...(Object.fromEntries(texts) as Partial<Customer>),
    ...(given.address === undefined ? {} : { address: wholeAddress(given.address) }),
    ...(given.balance === undefined ? {} : { balance: given.balance }),
    metadata: mergeMetadata(current.metadata, given.metadata),
  };
}

const withDefault = (customer: Customer, method: string): Partial<Customer> => ({
  invoice_settings: { ...customer.invoice_settings, default_payment_method: method },
});

export function newCustomer(context: Context, given: Given): Customer {
  const empty = bare(context, null);
  return context.create({ ...empty, ...patchOf(empty, given) }, 'customer.created');
}

const create = route({
  method: 'POST',
  path: '/v1/customers',
  params: params({ ...writable, payment_method: optional(Type.String()), test_clock: optional(Type.String()) }),
  handle: (context, given) => {
    const clock = given.test_clock ? context.need('test_helpers.test_clock', given.test_clock, 'test_clock').id : null;
    const empty = bare(context, clock);
    let customer = context.create({ ...empty, ...patchOf(empty, given) });
    if (given.payment_method) {
      const method = resolvePaymentMethod(context, given.payment_method, 'payment_method');
      attachPaymentMethod(context, method, customer);
      if (given.invoice_settings?.default_payment_method === given.payment_method)
        customer = context.update(customer, withDefault(customer, method.id));
    }
    context.emit('customer.created', customer);
    return customer;
  },
});

const retrieve = route({
  method: 'GET',
  path: '/v1/customers/{customer}',
  params: params({}),
  handle: (context, _given, id) =>
    context.store.isDeleted('customer', id) ? { id, object: 'customer', deleted: true } : context.need('customer', id),
});

const update = route({
  method: 'POST',
  path: '/v1/customers/{customer}',
  params: params(writable),
  handle: (context, given, id) => {
    const customer = context.need('customer', id);
    const chosen = given.invoice_settings?.default_payment_method;
    const param = 'invoice_settings[default_payment_method]';
    const method = chosen === undefined ? undefined : ownPaymentMethod(context, chosen, customer, param);
    const patch = { ...patchOf(customer, given), ...(method ? withDefault(customer, method.id) : {}) };
    return context.update(customer, patch, 'customer.updated');
  },
});

/** Deleting a customer ends their subscriptions at once; the object stays readable as a tombstone. */
export function deleteCustomer(context: Context, customer: Customer): object {
  for (const subscription of context.store.all('subscription', { customer: customer.id }))
    if (subscription.ended_at === null) endSubscription(context, subscription, { reason: 'cancellation_requested' });
  for (const method of context.store.all('payment_method', { customer: customer.id }))
    context.update(method, { customer: null }, 'payment_method.detached');
  context.remove(context.need('customer', customer.id), 'customer.deleted');
  return { id: customer.id, object: 'customer', deleted: true };
}

const remove = route({
  method: 'DELETE',
  path: '/v1/customers/{customer}',
  params: Type.Object({}),
  handle: (context, _given, id) => deleteCustomer(context, context.need('customer', id)),
});

const list = route({
  method: 'GET',
  path: '/v1/customers',
  params: listParams({ email: optional(Type.String()), test_clock: optional(Type.String()) }),
  handle: ({ store }, given) => {
    const { email, test_clock } = given;
    return listObjects(store, 'customer', '/v1/customers', given, { email, test_clock });
  },
});

const searched = route({
  method: 'GET',
  path: '/v1/customers/search',
  params: searchParams,
  handle: ({ store }, given) => search(store, 'customer', given),
});

const paymentMethods = route({
  method: 'GET',
  path: '/v1/customers/{customer}/payment_methods',
  params: listParams({ type: optional(oneOf('card')) }),
  handle: (context, given, id) => {
    if (!context.store.find('customer', id)) throw noSuch('customer', id, 'customer');
    return listObjects(context.store, 'payment_method', `/v1/customers/${id}/payment_methods`, given, { customer: id });
  },
});

/** `search` comes before `{customer}`: the first match wins. */
export const customerRoutes = [create, searched, retrieve, update, remove, list, paymentMethods];
