import { Type } from 'typebox';
import { invalidRequest } from '../errors.ts';
import { newId, randomText } from '../ids.ts';
import { listObjects } from '../lists.ts';
import { mergeMetadata } from '../metadata.ts';
import type { WebhookEndpoint } from '../objects/platform.ts';
import { clearable, listParams, metadataParam, optional, params } from '../params.ts';
import { route } from '../routes.ts';

function checkUrl(url: string): string {
  if (/^https?:$/.test(URL.parse(url)?.protocol ?? '')) return url;
  throw invalidRequest('Invalid URL: URL must be an absolute http(s) URL', { code: 'url_invalid', param: 'url' });
}

const create = route({
  method: 'POST',
  path: '/v1/webhook_endpoints',
  params: params({
    api_version: optional(Type.String()),
    description: optional(Type.String()),
    enabled_events: Type.Array(Type.String()),
    metadata: optional(metadataParam),
    url: Type.String(),
  }),
  handle: (context, { api_version, description, enabled_events, metadata, url }) => {
    if (api_version && api_version !== context.settings.apiVersion)
      throw invalidRequest(`Invalid API version: the local emulator speaks ${context.settings.apiVersion} only.`, {
        param: 'api_version',
      });
    const endpoint: WebhookEndpoint = {
      id: newId('webhook_endpoint'),
      object: 'webhook_endpoint',
      ...{ api_version: api_version ?? null, application: null, created: context.now() },
      ...{ description: description ?? null, enabled_events, livemode: false, metadata: mergeMetadata({}, metadata) },
      ...{ status: 'enabled', url: checkUrl(url) },
    };
    const secret = `whsec_${randomText(32)}`;
    context.store.run('insert into endpoint_secrets (endpoint, secret) values (?, ?)', endpoint.id, secret);
    return { ...context.create(endpoint), secret };
  },
});

const retrieve = route({
  method: 'GET',
  path: '/v1/webhook_endpoints/{webhook_endpoint}',
  params: params({}),
  handle: (context, _given, id) => context.need('webhook_endpoint', id),
});

const update = route({
  method: 'POST',
  path: '/v1/webhook_endpoints/{webhook_endpoint}',
  params: params({
    description: optional(clearable(Type.String())),
    disabled: optional(Type.Boolean()),
    enabled_events: optional(Type.Array(Type.String())),
    metadata: optional(metadataParam),
    url: optional(Type.String()),
  }),
  handle: (context, { description, disabled, enabled_events, metadata, url }, id) => {
    const endpoint = context.need('webhook_endpoint', id);
    return context.update(endpoint, {
      metadata: mergeMetadata(endpoint.metadata, metadata),
      enabled_events: enabled_events ?? endpoint.enabled_events,
      url: url === undefined ? endpoint.url : checkUrl(url),
      ...(description === undefined ? {} : { description: description || null }),
      ...(disabled === undefined ? {} : { status: disabled ? 'disabled' : 'enabled' }),
    });
  },
});

const remove = route({
  method: 'DELETE',
  path: '/v1/webhook_endpoints/{webhook_endpoint}',
  params: Type.Object({}),
  handle: (context, _given, id) => {
    context.remove(context.need('webhook_endpoint', id));
    context.store.run('delete from endpoint_secrets where endpoint = ?', id);
    context.store.run('delete from deliveries where endpoint = ? and delivered_at is null', id);
    return { id, object: 'webhook_endpoint', deleted: true };
  },
});

const list = route({
  method: 'GET',
  path: '/v1/webhook_endpoints',
  params: listParams({}),
  handle: ({ store }, given) => listObjects(store, 'webhook_endpoint', '/v1/webhook_endpoints', given),
});

export const webhookEndpointRoutes = [create, retrieve, update, remove, list];
