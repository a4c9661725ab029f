import { html } from 'ghtml';
import { formatTime } from '../../support/format-time.ts';
import { isInPlace } from '../../support/status-words.ts';
import { inUnits } from '../../../workflows/domain/money.ts';
import {
  discounted,
  isForFirst,
  PER,
  type Coupon,
  type Cycle,
  type Price,
} from '../../../workflows/domain/profiles/index.ts';

/** `1 device`, `1,000 devices` */
export const counted = (count: number, noun: string): string =>
  `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;

/** A day as people read it; UTC, as everything is counted. */
export const day = (date: Date | null | undefined): string =>
  date ? date.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' }) : '–';

/** To the second, so that events within a minute can be distinguished. */
export const instant = (date: Date | null | undefined): string =>
  date ? `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC` : '–';

/** Our own text, with its times formatted for people. */
export const readable = (text: string): string =>
  text.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (at) => formatTime(new Date(at)));

export const money = (cents: number, currency: string): string =>
  inUnits(cents, currency).toLocaleString('en-US', {
    style: 'currency',
    currency: currency.toUpperCase(),
    trailingZeroDisplay: 'stripIfInteger',
  });

/** What a payment is for. */
export const FIRST: Readonly<Record<Cycle, string>> = { monthly: 'month', quarterly: '3 months', annual: 'year' };

/** `$99 a month`; with a coupon `$49.50 a month in the first 6 months after the signup (50% off), then $99 a month` */
export function priceText(price: Price, coupon?: Coupon): string {
  const { cents, currency, cycle } = price;
  const full = `${money(cents, currency)} ${PER[cycle]}`;
  if (coupon === undefined || cents === 0) return full;
  const [less, off] = [money(discounted(cents, coupon), currency), `(${String(coupon.percentOff)}% off)`];
  if (coupon.duration === 'forever') return `${less} ${PER[cycle]} ${off}`;
  return isForFirst(coupon, price)
    ? `${less} for the first ${FIRST[cycle]} ${off}, then ${full}`
    : `${less} ${PER[cycle]} in the first ${String(coupon.months)} months after the signup ${off}, then ${full}`;
}

/** The same where there is little room: `$49.50, then $99 a month` */
export function shortPriceText(price: Price, coupon?: Coupon): string {
  if (coupon === undefined || price.cents === 0) return priceText(price);
  const less = money(discounted(price.cents, coupon), price.currency);
  return coupon.duration === 'forever' ? `${less} ${PER[price.cycle]}` : `${less}, then ${priceText(price)}`;
}

/** `50% off for 6 months` */
export function discountText({ percentOff, duration, months }: Coupon): string {
  const off = `${String(percentOff)}% off`;
  if (duration === 'repeating') return `${off} for ${counted(months ?? 0, 'month')}`;
  return duration === 'once' ? `${off} the first payment` : off;
}

export const badge = (word: string, kind: 'good' | 'busy' | 'bad' | 'calm'): string =>
  html`<span class="badge ${kind}">${word}</span>`;

const STATES: Readonly<Record<string, 'good' | 'busy' | 'bad' | 'calm'>> = {
  done: 'good',
  sent: 'good',
  running: 'busy',
  undoing: 'busy',
  failed: 'bad',
  undo_failed: 'bad',
  unknown: 'bad',
};
/** The steps that wait for a person, each as a badge. */
export const attention = (steps: string | null): string =>
  steps
    ?.split(',')
    .map((step) => badge(step, 'bad'))
    .join(' ') ?? '–';

/** A step's, a mail's or a resource's state. */
export const state = (word: string): string => badge(word, STATES[word] ?? (isInPlace(word) ? 'good' : 'calm'));

export interface Fact {
  readonly name: string;
  /** Plain text; `markup` instead when it is escaped already. */
  readonly text?: string | null;
  readonly markup?: string;
}

export const facts = (list: readonly Fact[]): string => html`
  <dl>
    !${list.map(
      ({ name, text, markup }) =>
        html`<div>
          <dt>${name}</dt>
          <dd>!${markup ?? html`${text ?? '–'}`}</dd>
        </div>`,
    )}
  </dl>
`;
