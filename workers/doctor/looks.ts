import { STRIPE_API_VERSION, askStripe as ask, readStripeFacts } from '../../activities/billing/doctor.ts';
import { problemsOfGiven } from '../../activities/billing/given-prices.ts';
import { createStripeClient } from '../../activities/billing/stripe-client.ts';
import { readMailFacts } from '../../activities/email/doctor.ts';
import { createSesClient } from '../../activities/email/ses-client.ts';
import { STRIPE_EVENTS, WEBHOOK_PATHS } from '../../api/webhooks/events.ts';
import type { LifecycleConfig } from '../../infra/config.ts';
import type { ServedProduct } from '../../infra/config/types.ts';
import { EVENT_CONNECTIONS } from '../../infra/db/connections.ts';
import { readPostgresFacts, serverOf } from '../../infra/db/doctor.ts';
import type { Finding } from '../../infra/doctor/finding.ts';
import { mailFindings, type MailExpected } from '../../infra/doctor/mail.ts';
import { postgresFindings } from '../../infra/doctor/postgres.ts';
import { stripeFindings, type StripeExpected } from '../../infra/doctor/stripe.ts';
import { temporalFindings } from '../../infra/doctor/temporal.ts';
import { normaliseEmail } from '../../infra/input/email-address.ts';
import { lazyTemporal } from '../../infra/temporal/client.ts';
import { NEEDED, readTemporalFacts } from '../../infra/temporal/doctor.ts';
import type { Profile } from '../../workflows/domain/profiles/index.ts';
import { openProduct } from '../../infra/product/open-product.ts';

/** Not for customers yet, so Stripe's test mode and stand-ins are not mistakes. */
export interface Purpose {
  readonly rehearsal: boolean;
}

/** Both workers, and an API for each product. */
const connectionsFor = (apis: number, max: number): number => 2 * max + apis * (max + EVENT_CONNECTIONS);

export async function lookAtPostgres({
  database,
  products,
}: Pick<LifecycleConfig, 'database' | 'products'>): Promise<Finding[]> {
  const connections = connectionsFor(products.length, database.limits.max);
  const expected = { address: serverOf(database.url), connections };
  return postgresFindings(await readPostgresFacts(database.url), expected);
}

export async function lookAtTemporal({ temporal }: Pick<LifecycleConfig, 'temporal'>): Promise<Finding[]> {
  const client = lazyTemporal(temporal);
  try {
    const { address, namespace } = temporal;
    return temporalFindings(await readTemporalFacts(client, namespace), { address, namespace, ...NEEDED });
  } finally {
    await client.connection.close();
  }
}

export type Billing = Billings & { readonly product: ServedProduct };
type Billings = Pick<LifecycleConfig, 'stripe' | 'products'>;

async function stripeExpected({ stripe, products, product }: Billing, { rehearsal }: Purpose): Promise<StripeExpected> {
  const { profile } = await openProduct(product);
  return {
    ...{ rehearsal, profile, standIn: stripe.apiBase },
    webhookUrls: products.flatMap(({ publicUrl }) => Object.values(WEBHOOK_PATHS).map((path) => `${publicUrl}${path}`)),
    events: Object.keys(STRIPE_EVENTS),
    apiVersion: STRIPE_API_VERSION,
  };
}

/** Stripe's side of billing: what is asked, with whom, and what came of it. */
export async function askStripe(billing: Billing, purpose: Purpose) {
  const [stripe, expected] = [createStripeClient(billing.stripe), await stripeExpected(billing, purpose)];
  return {
    stripe,
    expected,
    facts: await readStripeFacts(stripe, {
      ...{ live: billing.stripe.live, profile: expected.profile, given: billing.stripe },
    }),
  };
}

const GIVEN = {
  means: 'the lifecycle worker does not start: nobody is charged another price than they were told',
  remedy: 'put the id of another price into the setting, or unset it: the price is then found by its lookup key',
};

/** Prices and coupon that the settings name, where they are not those of the catalogue. */
async function lookAtGiven(config: Billing['stripe'], profiles: readonly Profile[]): Promise<Finding[]> {
  const problems = await ask(() => problemsOfGiven(createStripeClient(config), config, profiles));
  return 'told' in problems
    ? problems.told.map((found) => ({
        ...({ part: 'Stripe', check: found.split(/[: ]/)[0] ?? '', state: 'missing', found, trouble: GIVEN } as const),
      }))
    : [];
}

/** Of one product among several. */
const ofProduct = (finding: Finding, { brand }: Profile): Finding => ({
  ...finding,
  check: `${finding.check} (${brand.name})`,
});

/** What holds of the account is said once, and what holds of one product among several with its name. */
function together(each: readonly (readonly [Profile, readonly Finding[]])[]): readonly Finding[] {
  const texts = each.flatMap(([, findings]) => findings.map((finding) => JSON.stringify(finding)));
  const isOfAll = (finding: Finding): boolean =>
    texts.filter((text) => text === JSON.stringify(finding)).length === each.length;
  const first = each[0]?.[1] ?? [];
  const own = each.flatMap(([profile, findings]) =>
    findings.filter((finding) => !isOfAll(finding)).map((finding) => ofProduct(finding, profile)),
  );
  return [...first.filter(isOfAll), ...own];
}

export async function lookAtStripe({ stripe, products }: Billings, purpose: Purpose): Promise<Finding[]> {
  const looks = products.map(async (product) => {
    const { facts, expected } = await askStripe({ stripe, products, product }, purpose);
    return [expected.profile, stripeFindings(facts, expected)] as const;
  });
  const each = await Promise.all(looks);
  const profiles = each.map(([profile]) => profile);
  return [...together(each), ...(await lookAtGiven(stripe, profiles))];
}

const isAmazons = (endpoint: string): boolean => /[.]amazonaws[.]com([.]cn)?$/.test(new URL(endpoint).hostname);
/** `Name <address>`, or the address alone. */
const addressIn = (mailbox: string): string => normaliseEmail(/<([^<>]+)>$/.exec(mailbox)?.[1] ?? mailbox) ?? mailbox;

export async function lookAtMail({ mail }: Pick<LifecycleConfig, 'mail'>, purpose: Purpose): Promise<Finding[]> {
  const standIn = mail.endpoint === undefined || isAmazons(mail.endpoint) ? undefined : mail.endpoint;
  const { region, events } = mail;
  const expected: MailExpected = { region, events, sender: addressIn(mail.sender), standIn, ...purpose };
  const ses = createSesClient(mail);
  // Real credentials must not be sent there.
  if (standIn !== undefined)
    ses.config.credentials = () => Promise.resolve({ accessKeyId: 'local', secretAccessKey: 'local' });
  try {
    return mailFindings(await readMailFacts(ses, expected), expected);
  } finally {
    ses.destroy();
  }
}

type Service = Pick<LifecycleConfig, 'database' | 'temporal' | 'mail'> & Billings;

/** What the lifecycle worker uses: everything except what instances need. */
export async function lookAtServices(config: Service, purpose: Purpose): Promise<Finding[]> {
  const looks = [
    lookAtPostgres(config),
    lookAtTemporal(config),
    lookAtStripe(config, purpose),
    lookAtMail(config, purpose),
  ];
  return (await Promise.all(looks)).flat();
}
