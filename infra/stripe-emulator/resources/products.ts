import { Type } from 'typebox';
import type { Context } from '../context.ts';
import { invalidRequest } from '../errors.ts';
import { newId } from '../ids.ts';
import { listObjects } from '../lists.ts';
import { mergeMetadata } from '../metadata.ts';
import type { Product } from '../objects/catalogue.ts';
import { clearable, listParams, metadataParam, optional, params } from '../params.ts';
import { route } from '../routes.ts';

const FIXED = {
  ...{ images: [], livemode: false, marketing_features: [], package_dimensions: null, shippable: null },
  ...{ statement_descriptor: null, tax_code: null, unit_label: null, url: null },
};

export interface NewProduct {
  id?: string;
  name: string;
  active?: boolean;
  description?: string;
  metadata?: Record<string, string> | '';
}

export function createProduct(context: Context, given: NewProduct): Product {
  const now = context.now();
  if (given.id && context.store.find('product', given.id))
    throw invalidRequest('Product already exists.', { code: 'resource_already_exists', param: 'id' });
  return context.create(
    {
      id: given.id ?? newId('product'),
      object: 'product',
      ...FIXED,
      ...{ active: given.active ?? true, created: now, default_price: null, description: given.description ?? null },
      ...{ metadata: mergeMetadata({}, given.metadata), name: given.name, updated: now },
    },
    'product.created',
  );
}

const create = route({
  method: 'POST',
  path: '/v1/products',
  params: params({
    id: optional(Type.String()),
    name: Type.String(),
    active: optional(Type.Boolean()),
    description: optional(Type.String()),
    metadata: optional(metadataParam),
  }),
  handle: createProduct,
});

const retrieve = route({
  method: 'GET',
  path: '/v1/products/{id}',
  params: params({}),
  handle: (context, _given, id) => context.need('product', id),
});

const update = route({
  method: 'POST',
  path: '/v1/products/{id}',
  params: params({
    name: optional(Type.String()),
    active: optional(Type.Boolean()),
    default_price: optional(Type.String()),
    description: optional(clearable(Type.String())),
    metadata: optional(metadataParam),
  }),
  handle: (context, { description, metadata, default_price, name, active }, id) => {
    const product = context.need('product', id);
    const patch: Partial<Product> = { metadata: mergeMetadata(product.metadata, metadata), updated: context.now() };
    if (default_price) patch.default_price = context.need('price', default_price, 'default_price').id;
    if (description !== undefined) patch.description = description === '' ? null : description;
    return context.update(
      product,
      { ...patch, name: name ?? product.name, active: active ?? product.active },
      'product.updated',
    );
  },
});

const list = route({
  method: 'GET',
  path: '/v1/products',
  params: listParams({ active: optional(Type.Boolean()) }),
  handle: ({ store }, given) => listObjects(store, 'product', '/v1/products', given, { active: given.active }),
});

const remove = route({
  method: 'DELETE',
  path: '/v1/products/{id}',
  params: Type.Object({}),
  handle: (context, _given, id) => {
    const product = context.need('product', id);
    if (context.store.all('price', { product: id }).length > 0)
      throw invalidRequest('This product cannot be deleted because it has one or more user-created prices.');
    context.remove(product, 'product.deleted');
    return { id, object: 'product', deleted: true };
  },
});

export const productRoutes = [create, retrieve, update, list, remove];
