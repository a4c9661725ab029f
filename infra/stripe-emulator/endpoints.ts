import type { WebhookEndpoint } from './objects/platform.ts';
import type { Store } from './store.ts';

/** A webhook endpoint given at start, beside those made through the API. */
export interface ConfiguredWebhook {
  url: string;
  secret: string;
  /** That of the emulator unless told. */
  apiVersion?: string;
}

const PREFIX = 'we_configured_';

function upsert(store: Store, endpoint: WebhookEndpoint, secret: string): void {
  if (store.find('webhook_endpoint', endpoint.id)) store.replace(endpoint);
  else store.insert(endpoint, endpoint.created);
  store.run('insert or replace into endpoint_secrets (endpoint, secret) values (?, ?)', endpoint.id, secret);
}

/**
 * Makes the configured endpoints what was given. Their ids go by position, so that events not yet delivered follow the
 * endpoint when its port changed; those that are no longer given get nothing more.
 */
export function configureEndpoints(store: Store, webhooks: ConfiguredWebhook[], own: string): void {
  store.transaction(() => {
    for (const [index, { url, secret, apiVersion }] of webhooks.entries()) {
      const endpoint: WebhookEndpoint = {
        id: `${PREFIX}${String(index)}`,
        object: 'webhook_endpoint',
        ...{ api_version: apiVersion ?? own, application: null, created: Math.floor(Date.now() / 1000) },
        ...{ description: 'Configured at start', enabled_events: ['*'], livemode: false, metadata: {} },
        ...{ status: 'enabled', url },
      };
      upsert(store, endpoint, secret);
    }
    for (const endpoint of store.all('webhook_endpoint', { status: 'enabled' }))
      if (endpoint.id.startsWith(PREFIX) && Number(endpoint.id.slice(PREFIX.length)) >= webhooks.length)
        store.replace({ ...endpoint, status: 'disabled' });
  });
}
