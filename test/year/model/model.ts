import { Diary } from './diary.ts';
import { REFUSED, take } from './orders.ts';
import type { Access, CardKind, Life, Script } from './script.ts';
import * as terms from './terms.ts';
import { DAY, HOUR } from './terms.ts';

interface Bill {
  readonly cents: number;
  readonly end: number;
  /** When it was first charged: retries are counted from there. */
  readonly since: number;
}
interface Due {
  readonly at: number;
  readonly happens?: () => void;
}
interface Stage {
  readonly at: number;
  readonly access: Access;
  readonly mail: string;
}

/** One customer by the published rules alone: every instant at which something is due, in order, and what follows. */
export class Model {
  readonly diary = new Diary();
  readonly signedUpAt: number;
  now: number;
  phase: 'trial' | 'subscription' | 'ended' = 'trial';
  /** As Stripe calls the subscription. */
  status: 'trialing' | 'paused' | 'active' | 'past_due' | 'canceled' | 'missing' = 'trialing';
  card: CardKind | 'none' = 'none';
  plan: Script['plan'];
  trialEnd: number;
  reminders: readonly number[] = terms.REMINDERS;
  extensions = 0;
  /** It ends with its period; and whether that was ordered here. */
  ends = false;
  ordered = false;
  collectionPaused = false;
  open: Bill | null = null;
  /** The customer's own pause: what is paid is used, then nothing is charged and the instance is read-only. */
  rest: { readonly from: number; readonly until: number } | null = null;
  /** What is left of the newest payment. */
  refundable = 0;
  dunning: { readonly from: number; readonly ended: boolean } | null = null;
  readonly cycle: Script['cycle'];
  private readonly script: Script;
  private step = 0;
  private coupon: Script['coupon'];
  private anchor = 0;
  private periodEnd = 0;
  private draft: { readonly at: number; readonly cents: number } | null = null;
  private paidUntil: number | null = null;
  /** The end of a period that nobody is asked to pay for. */
  private waivedUntil: number | null = null;
  /** Counts subscriptions: each is thanked for once. */
  private subscriptions = 0;
  private access: Access = 'full';

  constructor(script: Script, signedUpAt: number) {
    this.script = script;
    this.cycle = script.cycle;
    this.signedUpAt = this.now = signedUpAt;
    this.trialEnd = signedUpAt + terms.TRIAL_DAYS * DAY;
    this.plan = script.plan;
    this.coupon = script.coupon;
    for (const mail of ['welcome', 'ready']) this.diary.mail(this.now, mail);
    this.settle();
  }

  liveUntil(end: number): void {
    for (;;) {
      const [next] = this.dues().sort((one, other) => one.at - other.at);
      if (!next || next.at > end) return;
      this.now = Math.max(this.now, next.at);
      next.happens?.();
      this.settle();
    }
  }

  private dues(): Due[] {
    const step = this.script.steps[this.step];
    const steps = step
      ? [
          {
            at: this.signedUpAt + step.at,
            happens: () => {
              this.takeStep();
            },
          },
        ]
      : [];
    if (this.phase === 'ended') return steps;
    const stages = this.stages().filter(({ at }) => at > this.now);
    return [...steps, ...stages, ...this.duesOfTrial(), ...this.duesOfStripe()];
  }

  private takeStep(): void {
    const step = this.script.steps[this.step];
    if (step && take(this, step.operation) === REFUSED) this.diary.refused.push(this.step);
    this.step += 1;
  }

  private duesOfTrial(): Due[] {
    if (this.status !== 'trialing') return [];
    const at = (days: number): number => this.trialEnd - days * DAY;
    return [
      ...this.reminders.map((days) => ({
        at: at(days),
        happens: () => {
          this.remind(days);
        },
      })),
      {
        at: this.trialEnd,
        happens: () => {
          this.endTrial();
        },
      },
    ];
  }

  private remind(days: number): void {
    this.reminders = this.reminders.filter((one) => one !== days);
    if (this.card === 'none' && !this.ends) this.diary.mail(this.now, `trialReminder ${String(days)}`, this.trialEnd);
  }

  private endTrial(): void {
    if (this.ends) this.endWithPeriod();
    else if (this.card === 'none') this.status = 'paused';
    else this.begin(terms.DRAFT_HOURS * HOUR);
  }

  private duesOfStripe(): Due[] {
    const { draft, open } = this;
    if (this.status !== 'active' && this.status !== 'past_due') return [];
    const retry = open && terms.RETRY_DAYS.map((days) => open.since + days * DAY).find((at) => at > this.now);
    const bill = { cents: draft?.cents ?? 0, end: this.periodEnd };
    return [
      ...(draft
        ? [
            {
              at: draft.at,
              happens: () => {
                this.charge({ ...bill, since: this.now });
              },
            },
          ]
        : []),
      ...(open && retry
        ? [
            {
              at: retry,
              happens: () => {
                this.charge(open);
              },
            },
          ]
        : []),
      {
        at: this.periodEnd,
        happens: () => {
          this.endPeriod();
        },
      },
    ];
  }

  private endPeriod(): void {
    if (this.ends) this.endWithPeriod();
    else this.beginPeriod(terms.DRAFT_HOURS * HOUR);
  }

  /** The first paid period begins now; what somebody asked for is charged immediately. */
  begin(waits: number): void {
    if (this.status !== 'paused') this.status = 'active';
    this.anchor = this.now;
    this.paidUntil = this.waivedUntil = null;
    this.beginPeriod(waits);
  }

  private beginPeriod(waits: number): void {
    const months = this.script.cycle === 'annual' ? 12 : 1;
    let periods = 1;
    while (terms.addMonths(this.anchor, periods * months) <= this.now) periods += 1;
    this.periodEnd = terms.addMonths(this.anchor, periods * months);
    if (this.rest && this.now < this.rest.until) return;
    this.rest = null;
    if (this.collectionPaused) {
      this.waivedUntil = this.periodEnd;
      return;
    }
    const cents = this.price();
    if (waits > 0) this.draft = { at: this.now + waits, cents };
    else this.charge({ cents, end: this.periodEnd, since: this.now });
  }

  private price(): number {
    const price = terms.PRICES[this.plan][this.script.cycle];
    if (this.coupon === null) return price;
    const { percent, months } = terms.COUPONS[this.coupon];
    if (months === null) this.coupon = null;
    else if (this.now >= terms.addMonths(this.signedUpAt, months)) return price;
    return price - Math.round((price * percent) / 100);
  }

  charge(bill: Bill): void {
    this.draft = null;
    this.open = this.card === 'good' ? null : bill;
    if (this.card === 'good') {
      this.diary.charges.push({ at: this.now, what: bill.cents });
      this.paidUntil = bill.end;
      this.refundable = bill.cents;
      this.status = 'active';
    } else if (this.status !== 'paused') {
      const isLast = this.now >= bill.since + Math.max(...terms.RETRY_DAYS) * DAY;
      this.status = isLast ? 'canceled' : 'past_due';
    }
  }

  private endWithPeriod(): void {
    if (this.ordered) this.leave();
    else this.status = 'canceled';
  }

  leave(): void {
    this.diary.mail(this.now, 'cancelled');
    this.phase = 'ended';
  }

  /** Whether a charge is due or about to be made. */
  isPaying = (): boolean => this.draft !== null || this.open !== null;

  pause(months: number): void {
    let periods = 1;
    while (terms.addMonths(this.anchor, periods) < this.periodEnd) periods += 1;
    this.rest = { from: this.periodEnd, until: terms.addMonths(this.anchor, periods + months) };
    this.diary.mail(this.now, 'planPaused', this.now);
  }

  /** One that has begun ends with a period that is paid now. */
  resume(isBegun: boolean): void {
    this.rest = null;
    this.diary.mail(this.now, 'planPaused', this.now);
    if (isBegun) this.begin(0);
  }

  /** Somebody deletes the customer in Stripe: absent is not ended, so everything stays as it is until a person has looked. */
  lose(): void {
    this.status = 'missing';
    this.draft = this.open = this.rest = null;
    this.ends = this.ordered = false;
    this.diary.mail(this.now, 'alert', this.now);
  }

  /** Begins a new subscription in place of one that is over: without a discount, and charged immediately. */
  subscribeAgain(): void {
    this.coupon = null;
    this.collectionPaused = false;
    if (this.status === 'canceled') this.subscriptions += 1;
    this.begin(0);
  }

  /** What follows from what Stripe says now: money, access, mails and licence never disagree. */
  private settle(): void {
    if (this.status === 'missing') {
      if (this.phase !== 'ended') this.diary.license(this.now, Infinity);
      else this.diary.stand(this.now, 'ended', 'none');
      return;
    }
    if (this.phase === 'trial' && this.status !== 'trialing' && this.status !== 'paused') this.phase = 'subscription';
    this.followPayment();
    if (this.ends && this.status !== 'canceled' && this.phase !== 'ended')
      this.diary.mail(this.now, 'planEnds', this.endsAt());
    const reached = this.stages().findLast(({ at }) => at <= this.now);
    this.access = reached?.access ?? 'full';
    if (reached?.access === 'none' && this.phase !== 'ended') this.leave();
    else if (reached?.mail) this.diary.mail(this.now, reached.mail, this.dunning?.from ?? this.trialEnd);
    if (this.phase === 'ended') this.access = 'none';
    this.diary.stand(this.now, this.phase, this.access);
    if (this.phase !== 'ended') this.license(reached === undefined);
  }

  private endsAt = (): number => (this.status === 'trialing' ? this.trialEnd : this.periodEnd);

  private followPayment(): void {
    const { now, open, dunning: known } = this;
    if (this.status === 'canceled') {
      this.draft = this.rest = null;
      this.ends = this.ordered = false;
      this.dunning = { from: Math.min(known?.from ?? now, now), ended: true };
    } else if (this.status === 'past_due' && !this.collectionPaused)
      this.dunning ??= { from: now + terms.PAST_DUE_DAYS * DAY, ended: false };
    else this.dunning = null;
    if (open && !this.stages().some(({ at }) => at <= now && this.phase === 'subscription'))
      this.diary.mail(now, 'paymentFailed', open.since);
    if (this.status === 'active' && this.paidUntil !== null)
      this.diary.mail(now, 'subscriptionStarted', this.subscriptions);
  }

  /** What is taken away and told at which date, unless somebody pays. */
  private stages(): Stage[] {
    const { dunning } = this;
    if (this.rest && this.status === 'active') return [{ at: this.rest.from, access: 'read_only', mail: '' }];
    if (this.status === 'missing' || (!dunning && this.status !== 'paused')) return [];
    const from = dunning?.from ?? this.trialEnd;
    const suspendAt = from + terms.GRACE_DAYS * DAY;
    const last = suspendAt + terms.RETENTION_DAYS * DAY;
    const leaveAt = this.ordered ? Math.min(last, this.periodEnd) : last;
    const of = (mail: string, other: string): string => (dunning ? mail : other);
    const stages: Stage[] = [
      { at: from, access: 'read_only', mail: of('paymentOverdue read_only', 'trialExpired') },
      { at: suspendAt, access: 'suspended', mail: of('paymentOverdue suspend', '') },
      {
        at: Math.max(suspendAt, leaveAt - terms.LAST_NOTICE_DAYS * DAY),
        ...{ access: 'suspended', mail: of('paymentOverdue last_notice', '') },
      },
    ];
    return [...stages.filter(({ at }) => at < leaveAt), { at: leaveAt, access: 'none', mail: '' }];
  }

  /** It is valid as long as the instance may be used. */
  private license(isFull: boolean): void {
    const grace = terms.GRACE_DAYS * DAY;
    const free = Math.max(this.paidUntil ?? 0, this.waivedUntil ?? 0);
    const until = this.phase === 'trial' ? this.trialEnd : this.status === 'active' ? free : 0;
    const current = this.diary.licences.at(-1)?.what ?? 0;
    if (until > 0) this.diary.license(this.now, until + grace);
    else if (isFull && this.dunning) this.diary.license(this.now, Math.max(current, this.dunning.from));
  }
}

/** What the rules say of a life with this script, from its signup to the end. */
export function predict(script: Script, { signedUpAt, end }: { signedUpAt: number; end: number }): Life {
  const model = new Model(script, signedUpAt);
  model.liveUntil(end);
  return model.diary;
}
