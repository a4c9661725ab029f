import {
  findProspectOfRequest,
  insertProspect,
  type Prospect,
  type Refusal,
} from '../../infra/db/repositories/prospects.ts';
import { findAccountOfSubject, goneSince } from '../../infra/db/repositories/accounts.ts';
import { emailIsTaken } from '../../infra/db/repositories/signups.ts';
import { isSubject } from '../../infra/identities/subject.ts';
import { count } from '../../infra/metrics.ts';
import { newCustomerId } from '../../infra/input/ids.ts';
import type { RouteIdentity } from '../../infra/product/define-route.ts';
import { startProspect } from '../../infra/temporal/start-prospect.ts';
import { hashToken } from '../../infra/tokens.ts';
import { resolveTerms } from '../../workflows/domain/terms.ts';
import type { AppDeps } from '../http/deps.ts';
import { ApiError } from '../http/errors.ts';
import { namesOf, type Names } from './identity-names.ts';
import { prospectDates } from './prospect-dates.ts';
import { acceptSignup, type AcceptedSignup } from './signup-rules.ts';

/** For a person who has no name, or one that no mail may carry. */
const NAMELESS = 'Private customer';

type Judged = { readonly signup: AcceptedSignup } | { readonly refusedFor: Refusal };

async function judge(deps: AppDeps, { email }: RouteIdentity, { fullName }: Names): Promise<Judged> {
  const address = typeof email === 'string' ? email.trim() : '';
  if (address === '') return { refusedFor: 'no_address' };
  if (address.length > 254) return { refusedFor: 'unusable_address' };
  try {
    const body = { email: address, company_name: fullName ?? NAMELESS };
    const signup = acceptSignup(body, [], deps.profile, 'payer');
    return (await emailIsTaken(deps.database, signup.emailNorm)) ? { refusedFor: 'address_taken' } : { signup };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { refusedFor: 'unusable_address' };
  }
}

/** What is known by its subject is the same signup; one without is known by what it says. */
const keyOf = (identity: RouteIdentity, after?: Prospect): string =>
  hashToken(
    JSON.stringify(['identity', isSubject(identity.subject) ? identity.subject : identity, after?.customerId ?? '']),
  );

interface Before {
  readonly newest?: Prospect;
  /** The last who became a customer. */
  readonly customer?: Prospect;
}

/** The prospects of the identity: one who was refused, or has left, may have been followed by another. */
async function beforeOf({ database, profile }: AppDeps, identity: RouteIdentity): Promise<Before> {
  const find = (requestKey: string) => findProspectOfRequest(database, { profile: profile.name, requestKey });
  let before: Before = {};
  for (;;) {
    const next = await find(keyOf(identity, before.newest));
    if (next === undefined) return before;
    before = { ...before, newest: next, ...(next.state === 'customer' && { customer: next }) };
  }
}

function prospectOf(deps: AppDeps, names: Names, judged: Judged) {
  const { profile, config, now = () => new Date() } = deps;
  const place = { region: profile.regions[0], ...prospectDates(deps) };
  const always = { customerId: newCustomerId(), kind: 'hook', ...place } as const;
  const [plan] = profile.plans;
  const terms = resolveTerms(profile, 'signup' in judged ? judged.signup.plan : plan, config.terms, {});
  if ('refusedFor' in judged) {
    const nobody = { email: null, emailNorm: null, companyName: null, fullName: null } as const;
    return { ...always, ...nobody, terms, state: 'refused', refusedFor: judged.refusedFor, endedAt: now() } as const;
  }
  const { email, emailNorm, companyName } = judged.signup;
  return { ...always, ...names, email, emailNorm, companyName, terms, state: 'ready' } as const;
}

const start = (deps: AppDeps, prospect: Prospect): Promise<void> =>
  startProspect(deps, prospect).catch((error: unknown) => {
    deps.logger.warn({ err: error, customerId: prospect.customerId }, 'stored; it is started later');
  });

/** Told by their issuer's hook, or by their own token. */
export type Arrival = RouteIdentity & { readonly signedInAt?: Date };

/**
 * `coming`: they are a customer, or will be one in a moment. `left`: they were a customer, and have not signed in since.
 * `leaving`: what they were is still being ended.
 * `unaddressed`: their token does not have an address, another may.
 */
export type Taken = 'coming' | 'left' | 'leaving' | 'refused' | 'unaddressed';

/** Only who signs in again wants to be a customer again: an event may come late, a token may be an old one. */
async function departureOf(
  deps: AppDeps,
  { signedInAt }: Arrival,
  { customer }: Before,
): Promise<'left' | 'leaving' | undefined> {
  if (customer === undefined) return undefined;
  if (signedInAt === undefined) return 'left';
  const since = await goneSince(deps.database, customer.customerId);
  if (since === undefined) return 'leaving';
  return signedInAt <= since ? 'left' : undefined;
}

async function isHere({ database, profile }: AppDeps, { subject }: Arrival): Promise<boolean> {
  if (!isSubject(subject)) return false;
  return (await findAccountOfSubject(database, { profile: profile.name, subject })) !== undefined;
}

/** What a refusal comes to where nothing is to be stored for it. */
function unstored(refusedFor: Refusal, { signedInAt }: Arrival, newest: Prospect | undefined): Taken | undefined {
  if (refusedFor === 'no_address' && signedInAt !== undefined) return 'unaddressed';
  return newest?.state === 'refused' ? 'refused' : undefined;
}

async function insertArrival(deps: AppDeps, arrival: Arrival, newest: Prospect | undefined): Promise<Taken> {
  const names = namesOf(arrival);
  const subject = isSubject(arrival.subject) ? arrival.subject : null;
  const judged: Judged = subject === null ? { refusedFor: 'no_subject' } : await judge(deps, arrival, names);
  const known = 'refusedFor' in judged ? unstored(judged.refusedFor, arrival, newest) : undefined;
  if (known !== undefined) return known;
  const prospect = await insertProspect(deps.database, {
    ...{ ...prospectOf(deps, names, judged), subject, requestKey: keyOf(arrival, newest) },
  });
  if ('refusedFor' in judged) count('HookFailures', deps.profile.name);
  if (prospect.endedAt === null) await start(deps, prospect);
  return 'refusedFor' in judged ? 'refused' : 'coming';
}

/**
 * Stores somebody who has signed up elsewhere: as a customer to be, or refused with the reason, of which support is told.
 * Only Postgres has to be available. Repeated, it is one customer; one who was refused is tried again once it can be, and
 * one who has left once they have signed in again.
 */
async function storeArrival(deps: AppDeps, arrival: Arrival): Promise<Taken> {
  const before = await beforeOf(deps, arrival);
  const { newest } = before;
  if (newest !== undefined && newest.endedAt === null) {
    await start(deps, newest);
    return 'coming';
  }
  const departure = await departureOf(deps, arrival, before);
  if (departure !== undefined) return (await isHere(deps, arrival)) ? 'coming' : departure;
  return insertArrival(deps, arrival, newest);
}

/** Answers the hook in time whatever happens: whoever calls it is a sign-up that waits. */
const ANSWER_WITHIN_MS = 2_500;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
/** Events that wait for Postgres; more would mean that it has been away for long, and cost memory. */
const MOST_WAITING = 10_000;

/**
 * Stores what signs up elsewhere, and never fails: what Postgres does not take now is kept here and stored as soon as it
 * does. What is lost with this process is created when the person first shows a token that has their address.
 */
export class SignupsElsewhere {
  private readonly waiting = new Map<string, Arrival>();
  private readonly deps: AppDeps;
  private timer: NodeJS.Timeout | undefined;
  private waitMs = FIRST_WAIT_MS;

  constructor(deps: AppDeps) {
    this.deps = deps;
  }

  async take(arrival: Arrival): Promise<Taken> {
    const { promise: late, resolve } = Promise.withResolvers<Taken>();
    const timer = setTimeout(resolve, ANSWER_WITHIN_MS, 'coming');
    return Promise.race([this.store(arrival), late]).finally(() => {
      clearTimeout(timer);
    });
  }

  private async store(identity: Arrival): Promise<Taken> {
    const key = keyOf(identity);
    try {
      const taken = await storeArrival(this.deps, identity);
      this.waiting.delete(key);
      this.waitMs = FIRST_WAIT_MS;
      return taken;
    } catch (error) {
      const isNew = !this.waiting.has(key);
      if (isNew) count('HookFailures', this.deps.profile.name);
      const isKept = !isNew || this.waiting.size < MOST_WAITING;
      if (isKept) this.waiting.set(key, identity);
      // Neither the event nor the text of the error, which may repeat it.
      const details = { name: error instanceof Error ? error.name : 'unknown', waiting: this.waiting.size };
      this.deps.logger[isKept ? 'warn' : 'error'](details, isKept ? 'a signup elsewhere waits' : 'one is not kept');
      this.schedule();
      return 'coming';
    }
  }

  private schedule(): void {
    if (this.timer !== undefined || this.waiting.size === 0) return;
    this.timer = setTimeout(() => void this.again(), this.waitMs).unref();
    this.waitMs = Math.min(this.waitMs * 2, LONGEST_WAIT_MS);
  }

  /** The first shows whether Postgres is back: the others are not tried before it is. */
  private async again(): Promise<void> {
    this.timer = undefined;
    for (const identity of [...this.waiting.values()]) {
      const before = this.waiting.size;
      await this.store(identity);
      if (this.waiting.size >= before) break;
    }
    this.schedule();
  }

  /** Tried once more at the end of the process. */
  async close(): Promise<void> {
    clearTimeout(this.timer);
    await this.again();
    clearTimeout(this.timer);
    if (this.waiting.size > 0)
      this.deps.logger.error({ signups: this.waiting.size }, 'signups elsewhere could not be stored');
  }
}
