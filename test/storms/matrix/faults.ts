import type { NewFault } from '../../../infra/stripe-emulator/faults.ts';
import type { Journey } from '../../e2e/support/journey.ts';

/** What goes wrong with a call to Stripe, once per cell. */
export const FAULTS = {
  'error once': { mode: 'error', status: 500 },
  'error for a minute': { mode: 'error', status: 503, forMs: 60_000 },
  // The SDK retries once on its own when a connection is closed.
  'lost answer': { mode: 'drop-reply', times: 2 },
  // Longer than a call may take: it takes effect after its caller has given up.
  slow: { mode: 'slow', delayMs: 12_000 },
  'rate limit': { mode: 'rate-limit', times: 3 },
} as const satisfies Readonly<Record<string, Omit<NewFault, 'match' | 'about'>>>;

export type FaultName = keyof typeof FAULTS;

interface Request {
  readonly method: string;
  readonly path: string;
}

/** Method and path with `*` for every id: faults are matched by this. */
export const callOf = ({ method, path }: Request): string => `${method} ${path.replaceAll(/[a-z]+_\w{10,}/g, '*')}`;

/** Lists that name no customer: a fault on one hits any caller. */
export const NAMES_NOBODY: readonly string[] = ['GET /v1/prices', 'GET /v1/test_helpers/test_clocks'];

/** Calls made once per account, by the first customer of a plan, and never in live mode. */
export const ONCE_AN_ACCOUNT = 'POST /v1/prices';

const at = ({ run }: Journey): string => `${run.stripe}/_control/faults`;

export async function arm(journey: Journey, fault: NewFault): Promise<void> {
  const reply = await fetch(at(journey), {
    ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(fault) },
  });
  if (!reply.ok) throw new Error(`The emulator did not take a fault: ${await reply.text()}`);
}

/** Whether this very fault has hit a request, and not another one on the same call, of a life that began since. */
export async function wasMet(journey: Journey, wanted: NewFault): Promise<boolean> {
  const { match, about, mode, status, times = 1 } = wanted;
  const { faults } = (await (await fetch(at(journey))).json()) as { faults: (NewFault & { endsAt?: number })[] };
  const left = faults.find(
    (fault) => fault.match === match && fault.about === about && fault.mode === mode && fault.status === status,
  );
  return left === undefined || left.endsAt !== undefined || (left.times ?? 1) < times;
}
