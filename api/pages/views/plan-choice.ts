import {
  CYCLES,
  cyclesOf,
  findPrice,
  isFree,
  makesInstance,
  type Coupon,
  type Cycle,
  type Plan,
  type Price,
  type Profile,
} from '../../../workflows/domain/profiles/index.ts';
import type { Choice } from './forms.ts';
import { counted, shortPriceText } from './words.ts';

const BETWEEN = ':';

/** A plan, and how it is paid, in the one field that a form has for both. */
export const choiceValue = (plan: string, cycle: Cycle = 'monthly'): string =>
  cycle === 'monthly' ? plan : `${plan}${BETWEEN}${cycle}`;

/** The same in the API's two. */
export function readChoice(value: string): { readonly plan: string; readonly billing_cycle?: string } {
  const [plan = '', cycle] = value.split(BETWEEN, 2);
  return { plan, ...(cycle !== undefined && { billing_cycle: cycle }) };
}

const GROUPS: Readonly<Record<Cycle, string>> = {
  monthly: 'Paid monthly',
  quarterly: 'Paid every 3 months',
  annual: 'Paid yearly',
};

/** `Starter, $99 a month, 10 devices` */
const labelOf = (profile: Profile, { name, maxDevices }: Plan, price: Price, coupon: Coupon | undefined): string =>
  [
    name,
    price.cents === 0 ? 'no charge' : shortPriceText(price, coupon),
    // Devices belong to an instance.
    ...(maxDevices > 0 && makesInstance(profile) ? [counted(maxDevices, 'device')] : []),
  ].join(', ');

interface Offered {
  readonly coupon?: Coupon | undefined;
  /** Absent: each plan at each price. */
  readonly isOffered?: (plan: Plan, price: Price) => boolean;
}

/** Each plan at each of its prices in one currency; under headings where there are several cycles. */
export function planChoices(
  profile: Profile,
  plans: readonly Plan[],
  currencyOf: (plan: Plan) => string | undefined,
  { coupon, isOffered = () => true }: Offered = {},
): readonly Choice[] {
  const several = cyclesOf(profile).length > 1;
  return CYCLES.flatMap((cycle) =>
    plans.flatMap((plan) => {
      const price = findPrice(profile, plan, { cycle, currency: currencyOf(plan) });
      if (!price || !isOffered(plan, price)) return [];
      const group = several && !isFree(plan) ? { group: GROUPS[cycle] } : {};
      return [{ value: choiceValue(plan.id, cycle), label: labelOf(profile, plan, price, coupon), ...group }];
    }),
  );
}
