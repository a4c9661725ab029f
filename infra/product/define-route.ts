import type { Static, TSchema } from 'typebox';
import type { Cycle, Price } from '../../workflows/domain/profiles/index.ts';

/**
 * Who may come in. `customer`: who has signed in, or reads with an API key. `person`: only who has signed in. `support`
 * and `operator`: staff. `hook`: another system, which signs what it sends (`HOOK_SECRET`) or calls from a known address
 * (`HOOK_ADDRESSES`).
 */
export type RouteAccess = 'public' | 'customer' | 'person' | 'support' | 'operator' | 'hook';

/** Somebody who signs up, without a password where that is set by a link. */
export interface RouteSignup {
  readonly email: string;
  readonly companyName: string;
  readonly fullName?: string | undefined;
  /** The first of the product if absent. */
  readonly plan?: string | undefined;
  /** How often they pay: `monthly` if absent. */
  readonly billingCycle?: Cycle | undefined;
  /** In which they pay: that of the product if absent. */
  readonly currency?: string | undefined;
  readonly region?: string | undefined;
  /** The id of a coupon of the product. */
  readonly coupon?: string | undefined;
}

/** Somebody who has signed up elsewhere, as it is told there: anything in it may be missing or hostile. */
export interface RouteIdentity {
  /** The subject of their tokens. */
  readonly subject: unknown;
  /** By which the issuer knows them where it is not the subject. */
  readonly userName?: unknown;
  readonly email?: unknown;
  readonly givenName?: unknown;
  readonly familyName?: unknown;
}

/** A customer as a product's own routes see them. */
export interface RouteCustomer {
  readonly id: string;
  readonly email: string | null;
  readonly companyName: string | null;
  readonly fullName: string | null;
  /** The first label of their instance's host. */
  readonly slug: string | null;
  readonly plan: string;
  /** What they pay, in the smallest unit of its currency; null when nobody knows any more. */
  readonly price: Price | null;
  /** onboarding, trial, free, subscription, cancellation or ended. */
  readonly phase: string;
  /** What they may do: pending, active, read_only, suspended, failed or ended. */
  readonly standing: string;
  readonly instanceUrl: string | null;
  readonly trialEndsAt: Date | null;
}

/** What they may use, by their subscription in Stripe. */
export interface RouteEntitlement {
  /** `none` without a subscription. */
  readonly status: string;
  readonly currentPeriodEnd: Date | null;
  readonly trialExpiresAt: Date | null;
  /** What their plan includes. There is no limit to what is not named. */
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
}

/**
 * What Tenure does for a product's routes, with its own rules and limits. What it refuses is thrown as it is to be
 * answered: leave it, or look at it with {@link isRefusal}.
 */
export interface Tenure {
  /** Makes a customer, and starts their onboarding. The same again by one `Idempotency-Key` is one. */
  signUp(signup: RouteSignup & { readonly password: string }): Promise<RouteCustomer>;
  /** For somebody who pays first: Stripe's page. They are a customer once it is completed. */
  openCheckout(signup: RouteSignup): Promise<{ readonly checkoutId: string; readonly checkoutUrl: string }>;
  /** `status` is open, completed, customer, refused or expired. */
  checkout(checkoutId: string): Promise<{ readonly status: string; readonly customerId: string | null }>;
  /**
   * For somebody who has signed up elsewhere: stored, and made a customer as soon as can be, though everything but
   * Postgres is away. Nothing limits how often: whoever may reach the route is to be known.
   */
  createCustomer(signup: RouteSignup & { readonly key: string }): Promise<void>;
  /**
   * The same for an identity, and it never fails: it is stored whatever it says, and support is told of an address that
   * cannot be used. By its subject it is one customer, however often it comes.
   */
  createCustomerOf(identity: RouteIdentity): Promise<void>;
  customer(customerId: string): Promise<RouteCustomer>;
  entitlement(customerId: string): Promise<RouteEntitlement>;
  /** Stripe's page for the card. Plan and cycle are for customers on the free plan. */
  upgrade(customerId: string, wish?: { readonly plan?: string; readonly billingCycle?: Cycle }): Promise<string>;
  /** When it ends; null when that is now. */
  cancel(customerId: string, when: 'now' | 'period_end'): Promise<Date | null>;
  /** Deletes the customer and all their data, everywhere. */
  erase(customerId: string): Promise<void>;
}

export interface RouteContext<Body = unknown, Query = unknown, Params = unknown> {
  /** Of a hook, it is not held to the schema, and undefined when it is not JSON. */
  readonly body: Body;
  /** What a hook was sent, to the byte; empty elsewhere. */
  readonly bytes: Uint8Array;
  readonly query: Query;
  readonly params: Params;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Who has signed in; null where nobody need have, and for staff. */
  readonly customerId: string | null;
  readonly tenure: Tenure;
  /** The variables that begin with `PRODUCT_`. */
  readonly settings: Readonly<Record<string, string>>;
}

export interface RouteReply {
  /** 200 if absent. It must be one of `replies`. */
  readonly status?: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

type Read<Schema> = Schema extends TSchema ? Static<Schema> : undefined;
type Optional = TSchema | undefined;

/** An endpoint of a product's own. */
export interface OwnRoute<
  Body extends Optional = Optional,
  Query extends Optional = Optional,
  Params extends Optional = Optional,
> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With parameters as `:name`. */
  readonly path: string;
  readonly access: RouteAccess;
  /** For the API's document. */
  readonly summary: string;
  /** Somebody signs up by it: its answers are counted as such, and its lines in the log are of the stream `checkout`. */
  readonly signup?: boolean;
  readonly body?: Body;
  readonly query?: Query;
  readonly params?: Params;
  /** What it answers with, by status; other members of an answer are left out. */
  readonly replies: Readonly<Record<number, TSchema>>;
  handle(context: RouteContext<Read<Body>, Read<Query>, Read<Params>>): Promise<RouteReply>;
}

/** An endpoint of a product's own, for `routes` of `defineProduct`. Schemas are made with `Type`. Checked with the product. */
export const defineRoute = <
  Body extends Optional = undefined,
  Query extends Optional = undefined,
  Params extends Optional = undefined,
>(
  route: OwnRoute<Body, Query, Params>,
): OwnRoute => route;

export interface Refusal {
  /** Short; programs may compare it. */
  readonly error: string;
  /** What to do, in a sentence. */
  readonly message: string;
  readonly code: string;
  /** What is wrong with each field. */
  readonly problems?: readonly { readonly field: string; readonly message: string }[];
}

interface RefusalOptions {
  /** For the header `Retry-After`. */
  readonly retryAfterSeconds?: number | undefined;
}

/** Of Tenure's own refusals. */
interface TenuresRefusal extends RefusalOptions {
  readonly statusCode: number;
  readonly body: Refusal;
  /** How many there may be in an hour, where there were too many signups. */
  readonly limit?: number | undefined;
}

/** A request that is refused, as it is answered. */
export class RequestRefused extends Error {
  override readonly name = 'RequestRefused';
  readonly statusCode: number;
  readonly body: Refusal;
  readonly retryAfterSeconds: number | undefined;

  constructor(statusCode: number, body: Refusal, { retryAfterSeconds }: RefusalOptions) {
    super(body.message);
    this.statusCode = statusCode;
    this.body = body;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** What a route throws to refuse a request. */
export const refuseRequest = (statusCode: number, refusal: Refusal, options: RefusalOptions = {}): Error =>
  new RequestRefused(statusCode, refusal, options);

/** Whether something thrown is a refusal, of the route's own or of Tenure, that can be answered as it is. */
export const isRefusal = (error: unknown): error is Error & TenuresRefusal =>
  error instanceof Error && 'statusCode' in error && 'body' in error;
