import type { Model } from './model.ts';
import type { Operation } from './script.ts';
import { DAY, MOST_EXTENSIONS, MOST_MONTHS_OF_PAUSE, REMINDERS } from './terms.ts';

/** It cannot be done now, and changes nothing. */
export const REFUSED = 'refused';
type Outcome = typeof REFUSED | undefined;
type Orders = {
  readonly [Name in Operation['name']]: (model: Model, order: Extract<Operation, { name: Name }>) => Outcome;
};

/** Whether there is a subscription in Stripe for somebody to change. */
const isThere = ({ status }: Model): boolean => status === 'trialing' || status === 'active' || status === 'past_due';

const pay = (model: Model): void => {
  if (model.open) model.charge(model.open);
  else model.begin(0);
};

function giveCard(model: Model, { when, card }: Extract<Operation, { name: 'card' }>): Outcome {
  const { status } = model;
  if ((status === 'active' || status === 'trialing') && model.ends) return REFUSED;
  // A Checkout that subscribes anew is not completed with a card that is declined.
  const isNew = status === 'canceled' || status === 'missing';
  if (isNew && card === 'bad') return REFUSED;
  model.card = card;
  if (isNew) model.subscribeAgain();
  else if (status !== 'active' && (status !== 'trialing' || when === 'now')) pay(model);
  return undefined;
}

function moveTrial(model: Model, trialEnd: number): void {
  model.trialEnd = trialEnd;
  model.status = 'trialing';
  model.open = null;
  model.reminders = REMINDERS.filter((days) => trialEnd - days * DAY > model.now);
}

/** A part of the newest payment. */
function refund(model: Model, { cents }: { readonly cents: number }): Outcome {
  if (model.status === 'missing' || model.refundable < cents) return REFUSED;
  model.refundable -= cents;
  model.diary.refunds.push({ at: model.now, what: cents });
  return undefined;
}

const ORDERS: Orders = {
  card: giveCard,
  leave: (model, { when }) => {
    if (when === 'period_end' && !isThere(model)) return REFUSED;
    if (when === 'now') model.leave();
    else model.ends = model.ordered = true;
    return undefined;
  },
  keep: (model) => {
    if (!model.ends) return REFUSED;
    model.ends = model.ordered = false;
    return undefined;
  },
  extend: (model, { days }) => {
    if (model.phase !== 'trial' || model.status === 'missing' || model.extensions >= MOST_EXTENSIONS) return REFUSED;
    model.extensions += 1;
    moveTrial(model, Math.max(model.trialEnd, model.now) + days * DAY);
    return undefined;
  },
  pause: (model, { months }) => {
    const isPaid = model.status === 'active' && !model.isPaying() && !model.collectionPaused && !model.rest;
    if (!isPaid || model.ends || model.cycle !== 'monthly' || months > MOST_MONTHS_OF_PAUSE) return REFUSED;
    model.pause(months);
    return undefined;
  },
  resume: (model) => {
    const isBegun = model.rest !== null && model.rest.from <= model.now;
    if (!model.rest || (isBegun && model.card === 'bad')) return REFUSED;
    model.resume(isBegun);
    return undefined;
  },
  supportRefunds: refund,
  dashboardCancels: (model) => {
    if (!isThere(model)) return REFUSED;
    model.status = 'canceled';
    return undefined;
  },
  dashboardDeletes: (model) => {
    if (model.status === 'missing') return REFUSED;
    model.lose();
    return undefined;
  },
  dashboardEndsWithPeriod: (model, { ends }) => {
    if (!isThere(model)) return REFUSED;
    model.ends = ends;
    model.ordered &&= ends;
    return undefined;
  },
  dashboardCard: (model, { card }) => {
    if (model.status === 'canceled' || model.status === 'missing') return REFUSED;
    model.card = card;
    if (model.status === 'paused') pay(model);
    return undefined;
  },
  dashboardPlan: (model, { plan }) => {
    if (!isThere(model)) return REFUSED;
    model.plan = plan;
    return undefined;
  },
  dashboardPauses: (model, { paused }) => {
    if ((model.status !== 'active' && model.status !== 'trialing') || model.rest) return REFUSED;
    model.collectionPaused = paused;
    return undefined;
  },
  dashboardRefunds: refund,
  dashboardExtends: (model, { days }) => {
    if (model.status !== 'trialing') return REFUSED;
    moveTrial(model, model.trialEnd + days * DAY);
    return undefined;
  },
  eventsAreLost: () => undefined,
  eventsComeAgain: () => undefined,
};

export function take(model: Model, order: Operation): Outcome {
  if (model.phase === 'ended') return REFUSED;
  return (ORDERS[order.name] as (model: Model, order: Operation) => Outcome)(model, order);
}
