import { Type, type TProperties, type TUnsafe } from 'typebox';
import type { FormatName } from '../../infra/input/formats.ts';
import { PATTERNS, type PatternName } from '../../infra/input/patterns.ts';
import type { Cycle } from '../../workflows/domain/profiles/index.ts';

/** An object that takes nothing else. */
export const Closed = <P extends TProperties>(properties: P, options: { readonly examples?: readonly object[] } = {}) =>
  Type.Object(properties, { ...options, additionalProperties: false });

/** One of some words. */
export const OneOf = <const W extends readonly string[]>(words: W, options = {}): TUnsafe<W[number]> =>
  Type.Unsafe<W[number]>({ type: 'string', enum: words, ...options });

export const Nullable = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

interface TextOptions {
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly description?: string;
  readonly examples?: readonly string[];
}

/** Text of a form that the API itself checks. */
const Formatted = (format: FormatName, options: TextOptions & { readonly pattern?: string } = {}) =>
  Type.String({ format, ...options });

/** Text of a form that any JSON schema can check. */
export const Patterned = (name: PatternName, options: TextOptions = {}) =>
  Type.String({ pattern: PATTERNS[name].pattern, ...options });

/** An instant, ISO 8601, at most 15 hours from UTC. */
export const Instant = Formatted('date-time', {
  pattern: PATTERNS.instant.pattern,
  examples: ['2026-12-24T00:00:00Z'],
});

/** Of a company, or of a person who has to have one. */
export const Name = Formatted('name', {
  ...{ pattern: PATTERNS.seen.pattern, minLength: 1, maxLength: 100 },
  ...{ description: 'One line, without web addresses.', examples: ['Analytical Engines'] },
});

/** A name that may be left empty. */
export const OptionalName = Formatted('name', {
  ...{ pattern: PATTERNS.seenOrEmpty.pattern, maxLength: 100 },
  ...{ description: 'One line, without web addresses.', examples: ['Ada Lovelace'] },
});

export const EmailAddress = Formatted('email', { minLength: 3, maxLength: 254, examples: ['ada@example.com'] });

/** In characters. */
export const LONGEST_PASSWORD = 200;

/** A password that is only compared; it may be anything that was ever accepted. */
export const Password = Patterned('text', { maxLength: LONGEST_PASSWORD, examples: ['Lovelace1815'] });

export const NewPassword = Patterned('text', {
  ...{ minLength: 8, maxLength: LONGEST_PASSWORD, examples: ['Lovelace1815'] },
  description: 'At least 8 characters, 1 uppercase letter, 1 number.',
});

/**
 * A plan or a region of the catalogue; the valid values are in a schema of the app
 * (api/http/plugins/shared-schemas.ts).
 */
export const PlanId = Type.Unsafe<string>({ $ref: 'Plan#' });
/** A plan that costs something. */
export const SoldPlanId = Type.Unsafe<string>({ $ref: 'SoldPlan#' });
export const RegionId = Type.Unsafe<string>({ $ref: 'Region#' });
/** How a plan is paid, as the catalogue has it. */
export const BillingCycle = Type.Unsafe<Cycle>({ $ref: 'BillingCycle#' });
export const Currency = Type.Unsafe<string>({ $ref: 'Currency#' });

export const CouponId = Patterned('foreignId', {
  description: 'A coupon of the product, for a discount on what the plan costs.',
  examples: ['pilot50off'],
});

/** What a customer pays. */
export const PriceReply = Type.Object({
  amount: Type.Integer({ description: 'In the smallest unit of the currency.' }),
  currency: Type.String(),
  billing_cycle: OneOf(['monthly', 'quarterly', 'annual']),
  discount: Nullable(
    Type.Object({
      coupon: Type.String(),
      percent_off: Type.Integer(),
      amount: Type.Integer({ description: 'What is charged with the discount.' }),
      duration: OneOf(['once', 'forever', 'repeating'], {
        description: '`once`: of the first payment. `repeating`: of those in the first `months` after the signup.',
      }),
      months: Nullable(Type.Integer()),
    }),
  ),
});

export const EXAMPLE_CUSTOMER = 'cust_d4e547c5-3a1b-4c55-9a0e-6f7f1c2b3d4e';
export const CustomerId = Patterned('customerId', { description: 'cust_<uuid>', examples: [EXAMPLE_CUSTOMER] });
export const Uuid = Patterned('uuid', { examples: ['0b6f0e5c-3f0f-4a53-9a3a-2b8f1c7d9e10'] });

export const CustomerParams = Closed({ id: CustomerId });

/** What a person types, in one line, to explain what they do; kept in Postgres only. */
export const Reason = Patterned('seen', { minLength: 1, maxLength: 500, examples: ['The customer asked for it.'] });

/** Of a command: sent again with the same key it takes effect once. */
export const CommandHeaders = Type.Object({
  'Idempotency-Key': Type.Optional(
    Patterned('commandKey', {
      description: 'Chosen by you. The same command sent again with it runs only once and gets the same answer.',
      examples: ['extend-trial-2026-12-24-1'],
    }),
  ),
});
