import { randomUUID } from 'node:crypto';
import type { LifecycleHarness } from '../support/lifecycle.ts';
import { firstLess, halfForMonths, manyPrices } from '../support/many-prices.ts';
import { DAY, LOOKED_AT, dayOf } from './days.ts';
import { predict } from './model/model.ts';
import type { Life, Script, Step } from './model/script.ts';
import type { Observer } from './observe.ts';
import { untilHeard } from './hearing.ts';
import { carryOut, type World } from './operations.ts';

const COUPONS = { pilot50off: halfForMonths, first20: firstLess } as const;
/** What follows from a step comes within so much of the customer's time; nothing else does. */
const FOLLOWS_MS = 20 * 60_000;
/** How long that may take here. Only a difference takes that long. */
const PATIENCE_MS = 15_000;
const PAUSE_MS = 40;
/** How long after Stripe has changed something the customer's clock is stopped. */
const NOTICED_MS = 2 * 60_000;

export interface Lived {
  readonly customerId: string;
  readonly signedUpAt: number;
  readonly predicted: Life;
  readonly seen: Life;
}

interface Place extends Omit<World, 'customerId' | 'commandId'> {
  readonly observer: Observer;
}

const signUp = (harness: LifecycleHarness, { plan, cycle, coupon }: Script) => {
  const [one, ...others] = manyPrices.plans;
  const [first = one, ...rest] = plan === 'basic' ? [one, ...others] : [...others, one];
  return harness.inTrial({ profile: { plans: [first, ...rest] }, cycle, ...(coupon && { coupon: COUPONS[coupon] }) });
};

/** What there is at an instant that a webhook could change. */
function inBrief(
  { standings, mails, licences }: Pick<Life, 'standings' | 'mails' | 'licences'>,
  { at, signedUpAt, isDated }: { readonly at: number; readonly signedUpAt: number; readonly isDated: boolean },
): string {
  const { phase, access } = standings.findLast((one) => one.at <= at) ?? {};
  const told = mails.filter((mail) => mail.at <= at).map(({ what }) => what);
  const licence = licences.findLast((one) => one.at <= at)?.what ?? 0;
  return JSON.stringify([phase, access, told.sort(), isDated && dayOf(licence, signedUpAt)]);
}

/** The life of one customer while it is lived. */
class Living {
  private readonly place: Place;
  private readonly customerId: string;
  private readonly signedUpAt: number;
  private readonly predicted: Life;
  private now: number;

  constructor(place: Place, customer: Pick<Lived, 'customerId' | 'signedUpAt' | 'predicted'>) {
    this.place = place;
    this.customerId = customer.customerId;
    this.signedUpAt = this.now = customer.signedUpAt;
    this.predicted = customer.predicted;
  }

  /** @returns whether the step was refused: a customer who has left refuses everything */
  async take({ at, operation }: Step): Promise<boolean> {
    if (!(await this.advance(this.signedUpAt + at))) return true;
    const { place, customerId } = this;
    if (await carryOut({ ...place, customerId, commandId: randomUUID() }, operation)) return true;
    await untilHeard(place, customerId);
    await this.untilFollowed(this.signedUpAt + at + FOLLOWS_MS);
    return false;
  }

  /**
   * Stops where Stripe changes something by itself: a clock that jumps past that learns of it only where it lands.
   * @returns whether they are still there then
   */
  async advance(to: number): Promise<boolean> {
    const changes = this.predicted.standings.map(({ at }) => at + NOTICED_MS).filter((at) => at > this.now && at < to);
    for (const stop of [...changes, to]) {
      if (!(await this.isThere())) return false;
      await this.place.harness.advance(this.customerId, stop);
      this.now = stop;
    }
    return this.isThere();
  }

  private async isThere(): Promise<boolean> {
    const { phase } = await this.place.harness.row(this.customerId);
    return phase !== 'cancellation' && phase !== 'ended';
  }

  /** Waits until what is predicted of an instant is so; what never comes is for the comparison to say. */
  private async untilFollowed(at: number): Promise<void> {
    const { signedUpAt } = this;
    const isDated = this.predicted.licences.findLast((one) => one.at <= at)?.what !== Infinity;
    const wanted = inBrief(this.predicted, { at, signedUpAt, isDated });
    for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline;) {
      const records = await this.place.observer.records(this.customerId);
      if (inBrief(records, { at: Infinity, signedUpAt, isDated }) === wanted) return;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

/** Lives one customer's script on the real engines. */
export async function live(place: Place, script: Script, days: number): Promise<Lived> {
  const { harness, observer } = place;
  const { customerId } = await signUp(harness, script);
  const signedUpAt = (await harness.row(customerId)).createdAt.getTime();
  const end = signedUpAt + (days - 1) * DAY + LOOKED_AT;
  const predicted = predict(script, { signedUpAt, end });
  const life = new Living(place, { customerId, signedUpAt, predicted });
  const refused: number[] = [];
  for (const [number, step] of script.steps.entries()) if (await life.take(step)) refused.push(number);
  await life.advance(end);
  const { payers, ...records } = await observer.records(customerId);
  return { customerId, signedUpAt, predicted, seen: { ...records, ...(await observer.money(payers)), refused } };
}
