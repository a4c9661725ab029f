import { Type, type Static, type TObject, type TProperties, type TSchema } from 'typebox';
import { invalidRequest, type StripeError } from './errors.ts';
import type { FormMap, FormValue } from './form.ts';

/** The part of JSON Schema that parameters use. */
interface Schema {
  type?: string;
  const?: string;
  enum?: readonly string[];
  anyOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  patternProperties?: Record<string, Schema>;
  minimum?: number;
  maximum?: number;
}

type Parse = (schema: Schema, value: FormValue, param: string) => unknown;

const badValue = (param: string, message: string, code?: string): StripeError =>
  invalidRequest(message, { param, ...(code ? { code } : {}) });

function text(value: FormValue, param: string, kind: string): string {
  if (typeof value === 'string') return value;
  throw badValue(param, `Invalid ${kind}: expected a single value for ${param}`);
}

const outside = (schema: Schema, value: number): boolean =>
  value < (schema.minimum ?? -Infinity) || value > (schema.maximum ?? Infinity);

function numeric(schema: Schema, value: FormValue, param: string): number {
  const kind = schema.type === 'integer' ? 'integer' : 'decimal';
  const raw = text(value, param, kind);
  const pattern = kind === 'integer' ? /^-?\d{1,15}$/ : /^-?\d{1,15}(\.\d+)?$/;
  if (!pattern.test(raw)) throw badValue(param, `Invalid ${kind}: ${raw}`, `parameter_invalid_${kind}`);
  const parsed = Number(raw);
  if (!outside(schema, parsed)) return parsed;
  if (schema.minimum !== undefined && parsed < schema.minimum)
    throw badValue(param, `This value must be greater than or equal to ${String(schema.minimum)}.`);
  throw badValue(param, `This value must be less than or equal to ${String(schema.maximum)}.`);
}

function boolean(_schema: Schema, value: FormValue, param: string): boolean {
  if (value === 'true' || value === 'false') return value === 'true';
  throw badValue(param, `Invalid boolean: ${text(value, param, 'boolean')}`, 'parameter_invalid_boolean');
}

function string(schema: Schema, value: FormValue, param: string): string {
  const raw = text(value, param, 'string');
  const allowed = schema.enum ?? (schema.const === undefined ? undefined : [schema.const]);
  if (allowed && !allowed.includes(raw))
    throw badValue(param, `Invalid ${param}: must be one of ${allowed.join(', ')}`);
  if (raw === '' && !allowed)
    throw badValue(
      param,
      `You passed an empty string for '${param}'. We assume empty values are an attempt to unset a parameter; however '${param}' cannot be unset. You should remove '${param}' from your request or supply a non-empty value.`,
      'parameter_invalid_empty',
    );
  return raw;
}

function array(schema: Schema, value: FormValue, param: string): unknown[] {
  if (typeof value === 'string') throw badValue(param, `Invalid array`);
  return [...value].map(([index, item]) => parse(schema.items ?? {}, item, `${param}[${index}]`));
}

const child = (parent: string, name: string): string => (parent === '' ? name : `${parent}[${name}]`);

function unknownParameter(param: string, known: string[]): StripeError {
  return badValue(
    param,
    `Received unknown parameter: ${param}. The local emulator accepts: ${known.join(', ')}.`,
    'parameter_unknown',
  );
}

function checkRequired({ required = [] }: Schema, value: FormMap, param: string): void {
  const missing = required.find((name) => !value.has(name));
  if (missing === undefined) return;
  const name = child(param, missing);
  throw badValue(name, `Missing required param: ${name}.`, 'parameter_missing');
}

function object(schema: Schema, value: FormValue, param: string): unknown {
  if (typeof value === 'string') throw badValue(param, 'Invalid object');
  const open = schema.patternProperties !== undefined;
  if (open) return Object.fromEntries([...value].map(([key, item]) => [key, openValue(item, child(param, key))]));
  const known = schema.properties ?? {};
  const parsed = [...value].map(([name, item]) => {
    const property = Object.hasOwn(known, name) ? known[name] : undefined;
    if (!property) throw unknownParameter(child(param, name), Object.keys(known));
    return [name, parse(property, item, child(param, name))] as const;
  });
  checkRequired(schema, value, param);
  return Object.fromEntries(parsed);
}

/** Metadata is the one open map, and the one place where an empty string means something: remove this key. */
const openValue = (value: FormValue, param: string): string => text(value, param, 'string');

function union(schema: Schema, value: FormValue, param: string): unknown {
  let refusal: unknown;
  for (const variant of schema.anyOf ?? []) {
    try {
      return parse(variant, value, param);
    } catch (error) {
      refusal ??= error;
    }
  }
  throw refusal;
}

const BY_TYPE: Readonly<Record<string, Parse>> = {
  integer: numeric,
  number: numeric,
  boolean,
  string,
  array,
  object,
};

function parse(schema: Schema, value: FormValue, param: string): unknown {
  if (schema.anyOf) return union(schema, value, param);
  const parser = BY_TYPE[schema.type ?? 'string'] ?? string;
  return parser(schema, value, param);
}

/**
 * Gives form values the types of the schema.
 * @throws StripeError 400 that names the parameter, as Stripe does before it begins to execute a request.
 */
export const parseParams = <T extends TObject>(schema: T, form: FormMap): Static<T> =>
  parse(schema, form, '') as Static<T>;

export const oneOf = <const V extends readonly string[]>(...values: V) =>
  Type.Unsafe<V[number]>({ type: 'string', enum: values });
export const optional = Type.Optional;
/** A value that an empty string clears. */
export const clearable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Literal('')]);
export const metadataParam = clearable(Type.Record(Type.String(), Type.String()));
const rangeParam = Type.Union([
  Type.Integer(),
  Type.Object({
    gt: optional(Type.Integer()),
    gte: optional(Type.Integer()),
    lt: optional(Type.Integer()),
    lte: optional(Type.Integer()),
  }),
]);
const expand = { expand: optional(Type.Array(Type.String(), { maxItems: 20 })) };

/** Parameters of a route; every route of Stripe's takes `expand`. */
export const params = <P extends TProperties>(properties: P) => Type.Object({ ...properties, ...expand });
export const listParams = <P extends TProperties>(properties: P) =>
  params({
    limit: optional(Type.Integer({ minimum: 1, maximum: 100 })),
    starting_after: optional(Type.String()),
    ending_before: optional(Type.String()),
    created: optional(rangeParam),
    ...properties,
  });
