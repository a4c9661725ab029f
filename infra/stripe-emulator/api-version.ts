import type { Json } from './changes.ts';
import type { OpenApi } from './openapi.ts';

/**
 * The SDK pins a newer version (2026-10-28.endive) than the OpenAPI document of the newest stripe-mock describes
 * (2026-08-26.dahlia). The emulator speaks the SDK's version. What it uses of the difference is listed here, from the
 * SDK's change log for 23.0.0, and nothing else is forgiven.
 */
const ADDED_MEMBERS: Readonly<Record<string, Json>> = {
  subscriptions_resource_trial_settings_end_behavior: { billing_cycle_anchor: { type: 'string', nullable: true } },
  subscription_item: { current_trial: { type: 'object', nullable: true } },
};

const ANCHOR = {
  billing_cycle_anchor: { type: 'object', properties: { type: { type: 'string', enum: ['now', 'unchanged'] } } },
};

const ADDED_PARAMETERS: Readonly<Record<string, Json>> = {
  '/v1/checkout/sessions': { allowed_payment_method_types: { type: 'array', items: { type: 'string' } } },
  '/v1/subscriptions/{subscription}/resume': ANCHOR,
  '/v1/subscriptions/{subscription_exposed_id}': ANCHOR,
  '/v1/webhook_endpoints': { api_version: { type: 'string' } },
};

function extend(schema: Json | undefined, added: Json): void {
  if (!schema) return;
  schema.properties = { ...(schema.properties as Json), ...added };
}

/** Adds to the document what the newer version added; changes it in place and returns it. */
export function adoptNewerVersion(document: OpenApi): OpenApi {
  for (const [name, added] of Object.entries(ADDED_MEMBERS)) extend(document.components.schemas[name], added);
  for (const [path, added] of Object.entries(ADDED_PARAMETERS)) {
    const content = document.paths[path]?.post?.requestBody?.content;
    extend(content?.['application/x-www-form-urlencoded']?.schema, added);
  }
  return document;
}
