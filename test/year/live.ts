import type { LifecycleHarness } from '../support/lifecycle.ts';
import type { basic } from '../support/many-prices.ts';
import { firstLess, halfForMonths, manyPrices } from '../support/many-prices.ts';
import { DAY, LOOKED_AT } from './days.ts';
import { predict } from './model/model.ts';
import type { Life, Script } from './model/script.ts';
import type { Observer } from './observe.ts';
import { carryOut, type World } from './operations.ts';

const COUPONS = { pilot50off: halfForMonths, first20: firstLess } as const;
/** What follows from a step comes within so much of the customer's time; nothing else does. */
const FOLLOWS_MS = 20 * 60_000;
/** How long that may take here. Only a difference takes that long. */
const PATIENCE_MS = 15_000;
const PAUSE_MS = 40;

export interface Lived {
  readonly customerId: string;
  readonly signedUpAt: number;
  readonly predicted: Life;
  readonly seen: Life;
}

interface Place extends Omit<World, 'customerId'> {
  readonly observer: Observer;
}

const signUp = (harness: LifecycleHarness, { plan, cycle, coupon }: Script) => {
  const plans = plan === 'basic' ? manyPrices.plans : ([...manyPrices.plans].reverse() as [typeof basic]);
  return harness.inTrial({ profile: { plans }, cycle, ...(coupon && { coupon: COUPONS[coupon] }) });
};

/** What there is at an instant that a webhook could change. */
const inBrief = ({ standings, mails }: Pick<Life, 'standings' | 'mails'>, at: number): string => {
  const { phase, access } = standings.findLast((one) => one.at <= at) ?? {};
  const told = mails.filter((mail) => mail.at <= at).map(({ what }) => what);
  return JSON.stringify([phase, access, told.sort()]);
};

/** Waits until what is predicted of an instant is so; what never comes is for the comparison to say. */
async function untilFollowed({ observer }: Place, customerId: string, predicted: Life, at: number): Promise<void> {
  const wanted = inBrief(predicted, at);
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline;) {
    if (inBrief(await observer.records(customerId), Infinity) === wanted) return;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

/** Lives one customer's script on the real engines. */
export async function live(place: Place, script: Script, days: number): Promise<Lived> {
  const { harness, observer } = place;
  const { customerId } = await signUp(harness, script);
  const signedUpAt = (await harness.row(customerId)).createdAt.getTime();
  const end = signedUpAt + (days - 1) * DAY + LOOKED_AT;
  const predicted = predict(script, { signedUpAt, end });
  const refused: number[] = [];
  for (const [number, { at, operation }] of script.steps.entries()) {
    if (!(await isLiving(harness, customerId))) {
      refused.push(number);
      continue;
    }
    await harness.advance(customerId, signedUpAt + at);
    if (await carryOut({ ...place, customerId }, operation)) refused.push(number);
    await untilFollowed(place, customerId, predicted, signedUpAt + at + FOLLOWS_MS);
  }
  if (await isLiving(harness, customerId)) await harness.advance(customerId, end);
  const { payers, ...records } = await observer.records(customerId);
  const seen = { ...records, ...(await observer.money(payers)), refused };
  return { customerId, signedUpAt, predicted, seen };
}

const isLiving = async (harness: LifecycleHarness, customerId: string): Promise<boolean> =>
  (await harness.row(customerId)).phase !== 'ended';
