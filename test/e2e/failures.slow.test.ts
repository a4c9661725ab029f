import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { Visitor } from '../../api/demo/visitor.ts';
import { customerWorkflowId } from '../../workflows/contract/customer.ts';
import { diagnose } from '../../workflows/domain/failures.ts';
import type { CoreStepName } from '../../workflows/domain/core-steps.ts';
import { eventually } from '../support/eventually.ts';
import { Inbox } from '../support/lifecycle-inbox.ts';
import { Journey } from './support/journey.ts';
import { Places } from './support/places.ts';

const journey = new Journey();
let inbox: Inbox;
let places: Places;

const tenantName = (customerId: string): string => customerId.replace('cust_', 'tenant_').replaceAll('-', '_');

const control = (method: 'POST' | 'DELETE', fault?: object): Promise<Response> =>
  fetch(`${journey.run.stripe}/_control/faults`, {
    method,
    ...(fault && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(fault) }),
  });

const untilAttention = (visitor: Visitor, step: string) =>
  journey.until(visitor, ({ attention, standing }) => attention === step && standing !== 'pending', `${step} to fail`);

/** How each step is made to fail from outside, and what mends it. An incomplete table does not compile. */
interface Case {
  readonly company: string;
  readonly errorType: string;
  /** Signs the customer up into the failure. */
  readonly fail: (company: string) => Promise<Visitor>;
  readonly correct: readonly string[];
  readonly mend: (visitor: Visitor) => Promise<void>;
  /** Another address than the one signed up with. */
  readonly mailsTo?: (visitor: Visitor) => string;
}

async function underStripeFault(match: string, company: string, step: string): Promise<Visitor> {
  await control('POST', { match, mode: 'error', status: 400, times: 100 });
  const visitor = await journey.signUp(company);
  await untilAttention(visitor, step);
  await control('DELETE');
  return visitor;
}

async function underMailFault(subject: RegExp, company: string, step: string): Promise<Visitor> {
  inbox.fault(subject, 'refuse');
  const visitor = await journey.signUp(company);
  await untilAttention(visitor, step);
  inbox.clearFaults();
  return visitor;
}

/**
 * Locks the row in which the finished stack is recorded, and moves the customer to another region meanwhile: the health
 * check then finds an instance that is not as it should be. The operation itself would carry out an earlier change.
 */
async function breakBeforeItIsLookedAt(company: string): Promise<Visitor> {
  const visitor = await journey.signUp(company);
  const { customerId } = visitor;
  const progress = () =>
    journey.database.selectFrom('stacks').select('progress').where('customerId', '=', customerId).executeTakeFirst();
  await eventually('a stack', async () => JSON.stringify((await progress()) ?? null).includes('created') || undefined);
  await journey.database.transaction().execute(async (held) => {
    await held.selectFrom('stacks').select('version').where('customerId', '=', customerId).forUpdate().execute();
    const { slug } = await journey.world.customer(customerId);
    await eventually(
      'the instance to answer',
      async () => (await journey.world.instance(slug ?? '', '/api/health')).status === 200 || undefined,
    );
    await setRegion(customerId, 'us-east');
  });
  return visitor;
}

const setRegion = (customerId: string, region: string) =>
  journey.database.updateTable('customers').set({ region }).where('customerId', '=', customerId).execute();

const squatter = (): string => join(journey.home, 'tenants', 'customer-somebody-else');

const CASES: Record<CoreStepName, Case> = {
  welcomeMail: {
    company: 'Wilma Wool',
    errorType: 'MailNotSent',
    fail: (company) => underMailFault(/^Welcome/, company, 'welcomeMail'),
    correct: ['email=right.wilma@demo.example'],
    mend: () => Promise.resolve(),
    mailsTo: () => 'right.wilma@demo.example',
  },
  stripeCustomer: {
    company: 'Stan Stones',
    errorType: 'StripeRefused',
    fail: (company) => underStripeFault('POST /v1/customers', company, 'stripeCustomer'),
    correct: ['company_name=Stan Stones Inc'],
    mend: () => Promise.resolve(),
  },
  trialSubscription: {
    company: 'Tess Tiles',
    errorType: 'StripeRefused',
    fail: (company) => underStripeFault('POST /v1/subscriptions', company, 'trialSubscription'),
    correct: ['plan=professional'],
    mend: () => Promise.resolve(),
  },
  stack: {
    company: 'Sam Sails',
    errorType: 'InvalidSpec',
    fail: async (company) => {
      await mkdir(squatter(), { recursive: true });
      const host = `sam-sails.${journey.run.tenantBase}`;
      await writeFile(join(squatter(), 'instance.json'), JSON.stringify({ namespace: 'x', host, memoryMb: 64 }));
      const visitor = await journey.signUp(company);
      await untilAttention(visitor, 'stack');
      return visitor;
    },
    correct: ['slug=sams-sails'],
    mend: () => rm(squatter(), { recursive: true }),
  },
  instanceHealth: {
    company: 'Ina Inks',
    errorType: 'InstanceUnhealthy',
    fail: breakBeforeItIsLookedAt,
    correct: [],
    mend: async ({ customerId }) => {
      await setRegion(customerId, 'eu-central');
    },
  },
  readyMail: {
    company: 'Rita Rope',
    errorType: 'MailNotSent',
    fail: (company) => underMailFault(/ready$/, company, 'readyMail'),
    correct: [],
    mend: () => Promise.resolve(),
  },
};
const STEPS = Object.keys(CASES) as CoreStepName[];
const visitors = new Map<CoreStepName, Visitor>();

beforeAll(async () => {
  inbox = await Inbox.start();
  await journey.start({
    ...{ SES_ENDPOINT: inbox.url, AWS_REGION: 'us-east-1', SES_SENDER_EMAIL: 'hello@tenure.example' },
    ...{ SUPPORT_EMAIL: 'support@tenure.example', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
    // The test has to wait for three attempts.
    INSTANCE_HEALTH_MS: '6000',
  });
  places = new Places(journey, inbox);
  // The step that takes longest to give up comes first; the faults of the others are global, so they take turns.
  for (const step of ['instanceHealth', ...STEPS.filter((one) => one !== 'instanceHealth')] as const)
    visitors.set(step, await CASES[step].fail(CASES[step].company));
});
afterAll(async () => {
  await journey.stop();
  await inbox.close();
});

const of = (step: CoreStepName): Visitor => {
  const visitor = visitors.get(step);
  if (!visitor) throw new Error(`Nobody failed at ${step}.`);
  return visitor;
};

it.each(STEPS)(
  'a failure at %s is told with its cause and what to do in every place: HTTP, CLI, inbox, page, temporal workflow list',
  async (step) => {
    const visitor = of(step);
    const { customerId } = visitor;
    const { errorType } = CASES[step];
    const { cause, suggestedFix, replayMayHelp } = diagnose(errorType);
    await journey.until(visitor, ({ attention }) => attention === step, `${step} to fail`);

    // The alert is raised when the failure is recorded, a moment after it.
    const http = await eventually('the alert', async () => {
      const now = await places.http(customerId);
      return now.alerts.some(({ resolved_at }) => resolved_at === null) ? now : undefined;
    });
    expect(http.failures).toEqual([{ step, error_type: errorType, cause, suggestedFix, replayMayHelp }]);
    expect(http.steps.find((row) => row.step === step)).toMatchObject({ state: 'failed', error_type: errorType });
    const open = http.alerts.filter(({ resolved_at }) => resolved_at === null);
    expect(open).toMatchObject([{ step, summary: `${errorType}: ${cause}`, suggested_fix: suggestedFix }]);

    expect(await places.cli('explain', customerId)).toMatchObject({ failures: [{ step, cause, suggestedFix }] });
    expect(await places.cli('show', customerId)).toMatchObject({ customer: { attention: step } });

    const mails = await eventually('the alert mail', async () => {
      const found = await places.mails(customerId);
      return found.length > 0 ? found : undefined;
    });
    expect(mails.map(({ subject }) => subject)).toEqual([`Needs attention: ${step} of ${customerId}`]);
    for (const text of [cause, suggestedFix, errorType]) expect(mails[0]?.text).toContain(text);

    // A page shows the quoted parts of a text as code.
    const page = (await places.page(customerId)).replaceAll(/<\/?code>/g, '');
    for (const text of [`${step} failed`, cause, suggestedFix.replaceAll('`', '')]) expect(page).toContain(text);

    await eventually(
      'the search attribute',
      async () => (await places.temporal(step)).includes(customerWorkflowId(customerId)) || undefined,
    );
  },
);

it.each(STEPS)(
  'a replay with the right correction after a failure at %s finishes the customer; nothing is there twice',
  async (step) => {
    const visitor = of(step);
    const { customerId } = visitor;
    const { correct, mend, mailsTo } = CASES[step];
    await mend(visitor);
    const corrections = correct.flatMap((pair) => ['--correct', pair]);
    const replayed = await places.cli('replay', customerId, ...corrections, '--reason', 'mended');
    expect(replayed).toMatchObject({ nothing_to_do: false });
    await journey.until(visitor, ({ phase, attention }) => phase === 'trial' && attention === null, 'the trial');

    const { slug, companyName, plan } = await journey.world.customer(customerId);
    expect(await stripeHas(customerId)).toEqual({ customers: 1, subscriptions: [`tenure_${plan}_monthly`] });
    const health = await journey.health(slug ?? '');
    expect(health).toMatchObject({ company: companyName, mode: 'active' });
    const roles = await sql`select 1 from pg_roles where rolname = ${tenantName(customerId)}`.execute(journey.database);
    expect(roles.rows).toHaveLength(1);

    const subjects = (await inbox.all())
      .filter(({ to }) => to === visitor.email || to === mailsTo?.(visitor))
      .map(({ subject }) => subject);
    for (const mail of ['Welcome to Tenure', 'Your instance is ready'])
      expect(subjects.filter((subject) => subject === mail)).toEqual([mail]);

    const { alerts, failures } = await places.http(customerId);
    expect(failures).toEqual([]);
    expect(alerts.every(({ resolved_at }) => resolved_at !== null)).toBe(true);
    await eventually(
      'the search attribute to be gone',
      async () => !(await places.temporal(step)).includes(customerWorkflowId(customerId)) || undefined,
    );
  },
);

/** Customers in Stripe that carry our id and are not deleted, and the prices of their live subscriptions. */
async function stripeHas(customerId: string) {
  const ask = async <T>(path: string): Promise<readonly T[]> => {
    const headers = { authorization: `Bearer ${journey.run.stripeSecretKey}` };
    const reply = await fetch(`${journey.run.stripe}/v1/${path}`, { headers });
    return ((await reply.json()) as { data: T[] }).data;
  };
  const query = encodeURIComponent(`metadata['customer_id']:'${customerId}'`);
  const customers = await ask<{ id: string }>(`customers/search?query=${query}`);
  const subscriptions = await ask<{ status: string; items: { data: { price: { lookup_key: string } }[] } }>(
    `subscriptions?customer=${customers[0]?.id ?? ''}&status=all`,
  );
  const living = subscriptions.filter(({ status }) => status !== 'canceled');
  return {
    customers: customers.length,
    subscriptions: living.map(({ items }) => items.data[0]?.price.lookup_key),
  };
}
