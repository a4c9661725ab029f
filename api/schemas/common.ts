import { Type, type TProperties, type TUnsafe } from 'typebox';
import type { FormatName } from '../../infra/input/formats.ts';
import { CUSTOMER_ID_PATTERN } from '../../infra/input/ids.ts';

/** An object that takes nothing else. */
export const Closed = <P extends TProperties>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });

/** One of some words. */
export const OneOf = <const W extends readonly string[]>(words: W, options = {}): TUnsafe<W[number]> =>
  Type.Unsafe<W[number]>({ type: 'string', enum: words, ...options });

export const Nullable = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

/** Text of a form that the API itself checks. */
const Formatted = (format: FormatName, options: { readonly maxLength?: number; readonly description?: string } = {}) =>
  Type.String({ format, ...options });

/** An instant, ISO 8601. */
export const Instant = Formatted('date-time');

/** One line of text. */
export const Line = (maxLength: number, description?: string) =>
  Formatted('line', { maxLength, ...(description !== undefined && { description }) });

/** Of a person or a company. */
export const Name = Formatted('name', { maxLength: 100, description: 'One line, without web addresses.' });

export const CustomerId = Type.String({ pattern: CUSTOMER_ID_PATTERN, description: 'cust_<uuid>' });

export const CustomerParams = Closed({ id: CustomerId });

const ErrorReply = Type.Object(
  {
    error: Type.String(),
    message: Type.String(),
    code: Type.String(),
    problems: Type.Array(Type.Object({ field: Type.String(), message: Type.String() })),
  },
  { description: 'Every error has this shape.' },
);

/** Replies of every route beside its own. */
export const ERRORS = { '4xx': ErrorReply, '5xx': ErrorReply } as const;

/** What a person types to explain what they do; kept in Postgres only. */
export const Reason = Type.String({ minLength: 1, maxLength: 500, pattern: '\\S' });
