import { makingsOf, type Making } from '../../activities/billing/set-up.ts';
import { ConfigError } from '../../infra/config.ts';
import { EXIT } from '../../infra/doctor/report.ts';
import type { Here } from './here.ts';
import { askStripe, type Purpose } from './looks.ts';
import { howTo } from '../../infra/program-file.ts';

export interface SettingUp extends Purpose {
  /** Otherwise it only says what it would create. */
  readonly yes: boolean;
  readonly say: (text: string) => void;
}

const DONE =
  'Done. The signing secret of a new endpoint: dashboard > Developers > Webhooks > the endpoint > Reveal. Put it into STRIPE_WEBHOOK_SECRET, and restart the API.';

function billingOf({ survey: { lifecycle } }: Here) {
  const { stripe, products } = lifecycle.config;
  if (!stripe || !products) throw lifecycle.wrong[0] ?? new ConfigError('STRIPE_SECRET_KEY must be set.');
  return { stripe, products };
}

async function carryOut(makings: readonly Making[], { yes, say }: SettingUp): Promise<number> {
  for (const { what, make } of makings) {
    if (yes) await make();
    say(`  ${what}${yes ? ': made' : ''}`);
  }
  say(yes ? DONE : `Nothing was created. "${howTo('doctor', '--set-up-stripe --yes')}" creates them.`);
  return yes ? EXIT.well : EXIT.missing;
}

/** Says which prices, coupons and webhook endpoints are missing in Stripe, and creates them if told to. @returns the exit code */
export async function setUpStripe(here: Here, order: SettingUp): Promise<number> {
  const { stripe, products } = billingOf(here);
  const codes: number[] = [];
  for (const product of products) codes.push(await setUpProduct({ stripe, product }, order));
  return codes.find((code) => code !== EXIT.well) ?? EXIT.well;
}

async function setUpProduct(billing: Parameters<typeof askStripe>[0], order: SettingUp): Promise<number> {
  const { stripe, facts, expected } = await askStripe(billing, order);
  if (![facts.prices, facts.coupons, facts.endpoints].every((answer) => 'told' in answer)) {
    order.say(`Stripe could not be read: "${howTo('doctor')}" says why.`);
    return EXIT.unknown;
  }
  const mode = `Stripe (${billing.stripe.live ? 'live' : 'test'} mode)`;
  const makings = makingsOf(stripe, facts, expected);
  if (makings.length > 0) {
    order.say(`${mode} lacks:`);
    return carryOut(makings, order);
  }
  const coupons = expected.profile.coupons ? ', the coupons' : '';
  order.say(
    `${mode} has the prices${coupons} and a webhook endpoint; "${howTo('doctor')}" says whether they are right.`,
  );
  return EXIT.well;
}
