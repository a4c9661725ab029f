import type { Answer } from './answer.ts';

/** The parts of Tenure that are looked at, in the order of the report. */
export const PARTS = ['Settings', 'Postgres', 'Temporal', 'Stripe', 'Mail', 'Instances'] as const;
export type Part = (typeof PARTS)[number];
export type State = 'ok' | 'missing' | 'cannot tell';

/** What is to be done about it, by a command or at a place of a dashboard. */
export interface Trouble {
  readonly means: string;
  readonly remedy: string;
}

/** One line of the report. No secret is in it. */
export interface Finding {
  readonly part: Part;
  readonly check: string;
  readonly state: State;
  /** What is so. */
  readonly found: string;
  /** What that means for customers, and what to do; nothing when all is well. */
  readonly trouble?: Trouble;
  /** Not known because something stands in for the service, as it is meant to. */
  readonly standIn?: true;
}

/** One look at a fact. */
export interface Check<T> extends Trouble {
  readonly check: string;
  readonly look: (fact: T) => Verdict;
}
export type Verdict = { readonly ok: string } | { readonly missing: string } | { readonly unknown: string };

export const ok = (found: string): Verdict => ({ ok: found });
export const missing = (found: string): Verdict => ({ missing: found });
export const unknown = (found: string): Verdict => ({ unknown: found });
export const okIf = (good: boolean, found: string, otherwise: string): Verdict =>
  good ? ok(found) : missing(otherwise);

function findingOf(verdict: Verdict, at: { readonly part: Part; readonly check: string }, trouble: Trouble): Finding {
  if ('ok' in verdict) return { ...at, state: 'ok', found: verdict.ok };
  return 'missing' in verdict
    ? { ...at, state: 'missing', found: verdict.missing, trouble }
    : { ...at, state: 'cannot tell', found: verdict.unknown, trouble };
}

/** Every check against the fact. */
export const examine = <T>(part: Part, fact: T, checks: readonly Check<T>[]): Finding[] =>
  checks.map(({ check, look, means, remedy }) => findingOf(look(fact), { part, check }, { means, remedy }));

/** A question to a service, and what is concluded from its answer. */
export interface Topic<T> {
  readonly part: Part;
  readonly about: string;
  /** What a refusal says: that something is missing, or only that we may not know. */
  readonly refusal: Trouble & { readonly state: Exclude<State, 'ok'> };
  readonly silence: Trouble;
  readonly checks: readonly Check<T>[];
}

/** The findings of an answer. No answer is one finding: nothing is concluded from silence. */
export function conclude<T>({ part, about, refusal, silence, checks }: Topic<T>, answer: Answer<T>): Finding[] {
  if ('told' in answer) return examine(part, answer.told, checks);
  if ('refused' in answer) {
    const { state, means, remedy } = refusal;
    return [{ part, check: about, state, found: answer.refused, trouble: { means, remedy } }];
  }
  return [{ part, check: about, state: 'cannot tell', found: `no answer (${answer.silent})`, trouble: { ...silence } }];
}
