import type { CardKind, Operation, PlanName, Script, Step } from './model/script.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;

/** Draws the same numbers from the same seed: https://en.wikipedia.org/wiki/Xorshift#Initialization (splitmix32) */
class Dice {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** From 0 to less than 1. */
  draw(): number {
    this.state = (this.state + 0x9e3779b9) >>> 0;
    let mixed = this.state ^ (this.state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  }

  between(least: number, most: number): number {
    return least + Math.floor(this.draw() * (most - least + 1));
  }

  of<T>(things: readonly [T, ...T[]]): T {
    return things[this.between(0, things.length - 1)] ?? things[0];
  }

  chance(percent: number): boolean {
    return this.draw() * 100 < percent;
  }
}

type Drawn = readonly [day: number, operation: Operation];
/** A thing that happens to some customers; later ones are drawn beside it and may meet it in any state. */
type Draw = (dice: Dice, days: number) => readonly Drawn[];

const card = (when: 'now' | 'at_trial_end', kind: CardKind): Operation => ({ name: 'card', when, card: kind });
const good: readonly [CardKind, ...CardKind[]] = ['good', 'good', 'bad'];
const plans: readonly [PlanName, PlanName] = ['basic', 'pro'];
const later = (dice: Dice, days: number): number => dice.between(1, days - 1);

const START: Draw = (dice) => {
  if (dice.chance(20)) return [];
  const when = dice.of(['now', 'at_trial_end', 'at_trial_end'] as const);
  return [[dice.between(1, 20), card(when, dice.of(good))]];
};

/** How often, in percent of customers, and what. Add a row for one more thing that happens: the others stay as they are drawn. */
const HAPPENINGS: Readonly<Record<string, readonly [percent: number, draw: Draw]>> = {
  dashboardCard: [30, (dice, days) => [[later(dice, days), { name: 'dashboardCard', card: 'bad' }]]],
  card: [60, (dice, days) => [[later(dice, days), card('now', dice.of(good))]]],
  goodCard: [60, (dice, days) => [[later(dice, days), card('now', 'good')]]],
  leaveNow: [10, (dice, days) => [[later(dice, days), { name: 'leave', when: 'now' }]]],
  leaveWithPeriod: [
    25,
    (dice, days) => {
      const day = later(dice, days);
      const keep: readonly Drawn[] = dice.chance(50) ? [[day + dice.between(1, 20), { name: 'keep' }]] : [];
      return [[day, { name: 'leave', when: 'period_end' }], ...keep];
    },
  ],
  extend: [20, (dice) => [[dice.between(1, 30), { name: 'extend', days: dice.between(1, 10) }]]],
  dashboardCancels: [15, (dice, days) => [[later(dice, days), { name: 'dashboardCancels' }]]],
  dashboardDeletes: [8, (dice, days) => [[later(dice, days), { name: 'dashboardDeletes' }]]],
  dashboardEndsWithPeriod: [
    20,
    (dice, days) => {
      const day = later(dice, days);
      const ends = (is: boolean): Operation => ({ name: 'dashboardEndsWithPeriod', ends: is });
      return [[day, ends(true)], ...(dice.chance(50) ? [[day + dice.between(1, 20), ends(false)] as const] : [])];
    },
  ],
  dashboardPlan: [20, (dice, days) => [[later(dice, days), { name: 'dashboardPlan', plan: dice.of(plans) }]]],
  dashboardPauses: [
    15,
    (dice, days) => {
      const day = later(dice, days);
      const pause = (paused: boolean): Operation => ({ name: 'dashboardPauses', paused });
      return [
        [day, pause(true)],
        [day + dice.between(1, 60), pause(false)],
      ];
    },
  ],
  pause: [
    25,
    (dice, days) => {
      const day = later(dice, days);
      const resume: readonly Drawn[] = dice.chance(50) ? [[day + dice.between(1, 60), { name: 'resume' }]] : [];
      return [[day, { name: 'pause', months: dice.between(1, 3) }], ...resume];
    },
  ],
  dashboardRefunds: [
    20,
    (dice, days) => [[later(dice, days), { name: 'dashboardRefunds', cents: dice.between(1, 1_000) }]],
  ],
  supportRefunds: [
    20,
    (dice, days) => [[later(dice, days), { name: 'supportRefunds', cents: dice.between(1, 3_000) }]],
  ],
  dashboardExtends: [10, (dice) => [[dice.between(1, 13), { name: 'dashboardExtends', days: dice.between(1, 20) }]]],
  eventsAreLost: [
    20,
    (dice, days) => {
      const day = later(dice, days);
      const lost = (is: boolean): Operation => ({ name: 'eventsAreLost', lost: is });
      return [
        [day, lost(true)],
        [day + dice.between(1, 40), lost(false)],
      ];
    },
  ],
  eventsComeAgain: [20, (dice, days) => [[later(dice, days), { name: 'eventsComeAgain' }]]],
};

const FIRST_HOUR = 4;
const MOST_STEPS = 16;

/**
 * One step a day, and each earlier in the day than those before it: a renewal comes at the hour of the payment that it
 * follows, so that no two things happen at one instant, and it is certain which comes first.
 */
function inOrder(drawn: readonly Drawn[], days: number): Step[] {
  const taken = new Map<number, Operation>();
  for (const [day, operation] of drawn) {
    let free = day;
    while (taken.has(free)) free += 1;
    if (free < days && taken.size < MOST_STEPS) taken.set(free, operation);
  }
  const sorted = [...taken].sort(([one], [other]) => one - other);
  return sorted.map(([day, operation], index) => ({
    at: day * DAY + FIRST_HOUR * HOUR + ((MOST_STEPS - index) * HOUR) / 2,
    operation,
  }));
}

const mixed = (text: string): number =>
  Array.from(text).reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 0x01000193), 0x811c9dc5);

/** The script of one customer; the same for the same seed, whatever others there are. */
export function scriptOf(seed: number, customer: number, days: number): Script {
  const diceOf = (what: string): Dice => new Dice(mixed(`${String(seed)} ${String(customer)} ${what}`));
  const dice = diceOf('signup');
  const what = { plan: dice.of(plans), cycle: dice.of(['monthly', 'monthly', 'annual'] as const) };
  const coupon = dice.of([null, null, 'pilot50off', 'first20'] as const);
  const happenings = Object.entries(HAPPENINGS).flatMap(([name, [percent, draw]]) => {
    const own = diceOf(name);
    return own.chance(percent) ? draw(own, days) : [];
  });
  return { ...what, coupon, steps: inOrder([...START(dice, days), ...happenings], days) };
}
