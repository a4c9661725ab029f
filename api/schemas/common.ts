import { Type, type TProperties, type TUnsafe } from 'typebox';

/** An object that takes nothing else (reliability X7). */
export const Closed = <P extends TProperties>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });

/** One of some words. */
export const OneOf = <const W extends readonly string[]>(words: W, options = {}): TUnsafe<W[number]> =>
  Type.Unsafe<W[number]>({ type: 'string', enum: words, ...options });

export const Nullable = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

/** An instant, ISO 8601. */
export const Instant = Type.String({ format: 'date-time' });

export const CustomerParams = Closed({
  id: Type.String({ pattern: '^cust_[0-9a-f-]{36}$', description: 'Customer id, cust_<uuid>.' }),
});

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
