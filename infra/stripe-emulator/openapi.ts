import { isPlain, type Json } from './changes.ts';

interface Media {
  schema: Json;
}

interface Parameter {
  in: string;
  name: string;
  required?: boolean;
  schema: Json;
}

interface Operation {
  parameters?: Parameter[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, { content: Record<string, Media> }>;
}

/** As much of an OpenAPI 3.0 document as is read here. */
export interface OpenApi {
  components: { schemas: Record<string, Json> };
  paths: Record<string, Record<string, Operation>>;
}

const DROPPED: ReadonlySet<string> = new Set(['discriminator', 'title', 'description', 'format', 'nullable']);

const isNote = (key: string): boolean => DROPPED.has(key) || key.startsWith('x-');

/** `properties` is a map whose keys are names, not keywords: a property may be called `description`. */
function convertProperties(properties: Json): Json {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, convert(schema)]));
}

function convertKeyword(key: string, value: unknown): unknown {
  if (key === '$ref') return String(value).replace('#/components/schemas/', 'stripe#/$defs/');
  if (key === 'properties' && isPlain(value)) return convertProperties(value);
  return convert(value);
}

/**
 * OpenAPI 3.0 to JSON Schema: `nullable` becomes `anyOf` with null, references move, notes go, and members the
 * document does not name are forbidden.
 */
function convert(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(convert);
  if (!isPlain(schema)) return schema;
  const entries = Object.entries(schema).filter(([key]) => !isNote(key));
  const converted = Object.fromEntries(entries.map(([key, value]) => [key, convertKeyword(key, value)]));
  const closed = 'properties' in converted && !('additionalProperties' in converted);
  const strict = closed ? { ...converted, additionalProperties: false } : converted;
  return schema.nullable === true ? { anyOf: [strict, { type: 'null' }] } : strict;
}

function queryOf(operation: Operation): Json {
  const query = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query');
  return {
    type: 'object',
    properties: Object.fromEntries(query.map(({ name, schema }) => [name, convert(schema)])),
    required: query.filter(({ required }) => required).map(({ name }) => name),
    additionalProperties: false,
  };
}

const firstSchema = (content: Record<string, Media> | undefined): unknown => Object.values(content ?? {})[0]?.schema;

function requestOf(method: string, operation: Operation): unknown {
  if (method === 'get') return queryOf(operation);
  return convert(firstSchema(operation.requestBody?.content) ?? { type: 'object' });
}

/** The names an endpoint can subscribe to are the names an event can have. */
function eventTypes(paths: OpenApi['paths']): unknown {
  const create = firstSchema(paths['/v1/webhook_endpoints']?.post?.requestBody?.content);
  const properties = isPlain(create) && isPlain(create.properties) ? create.properties : {};
  return isPlain(properties.enabled_events) ? convert(properties.enabled_events.items) : {};
}

/** One schema with a definition per object type, `event type`, `request <METHOD> <path>` and `reply <METHOD> <path>`. */
export function convertDocument({ components, paths }: OpenApi): Json {
  const definitions: [string, unknown][] = Object.entries(components.schemas).map(([name, schema]) => [
    name,
    convert(schema),
  ]);
  for (const [path, operations] of Object.entries(paths))
    for (const [method, operation] of Object.entries(operations)) {
      const name = `${method.toUpperCase()} ${path}`;
      definitions.push([`request ${name}`, requestOf(method, operation)]);
      definitions.push([`reply ${name}`, convert(firstSchema(operation.responses['200']?.content))]);
    }
  definitions.push(['event type', eventTypes(paths)]);
  return { $id: 'stripe', $defs: Object.fromEntries(definitions) };
}
