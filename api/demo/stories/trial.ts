import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { supportOf, Visitor } from '../visitor.ts';
import type { World } from '../world.ts';
import type { Stage, Story } from './story.ts';

const slugOf = (world: World, customerId: string) => async () => (await world.customer(customerId)).slug ?? '';

async function isReady({ world, narrator }: Stage, visitor: Visitor, company: string): Promise<void> {
  const { customerId, email } = visitor;
  const slug = await slugOf(world, customerId)();
  narrator.link('instance', world.run.instances.replace('<slug>', slug));
  narrator.link('Temporal', `${world.run.temporalUi ?? ''}/customer%2F${customerId}`);
  await narrator.tell({
    from: 'the instance',
    read: () => visitor.frontPage(world, slug),
    isSo: ({ status, body }) => status === 200 && body.includes(company),
    text: ({ status }) =>
      `the instance of ${company}, entered from the account, answers ${String(status)} with the company's name`,
  });
  await narrator.tell({
    from: 'Postgres',
    read: () => world.databaseExists(customerId),
    isSo: (exists) => exists,
    text: (exists) => `the tenant's own database ${exists ? 'exists' : 'does not exist'}`,
  });
  await narrator.tell({
    from: 'inbox',
    read: () => world.inbox(email),
    // Products have words of their own for it.
    isSo: (subjects) => subjects.some((subject) => subject.endsWith('instance is ready')),
    text: (subjects) => `mails so far: ${subjects.join(' · ')}`,
  });
  await narrator.tell({
    from: 'Temporal',
    read: () => world.workflow(customerId),
    isSo: ({ type, status }) => type === 'trialCountdown' && status === 'RUNNING',
    text: ({ type, status }) => `workflow customer/${customerId} is a ${type}, ${status.toLowerCase()}`,
  });
}

const converts: Story = async (stage) => {
  const { world, narrator } = stage;
  narrator.chapter('1. Orbit Rockets signs up, tries the product for twelve days, and pays');
  const visitor = new Visitor(world.run, 'orbit');
  await visitor.signUp('Orbit Rockets');
  await isReady(stage, visitor, 'Orbit Rockets');
  const { customerId, email } = visitor;
  await supportOf(world.run).command(customerId, 'advance', { to: await world.inDays(customerId, 12.5) });
  await narrator.tell({
    from: 'inbox',
    read: () => world.inbox(email),
    isSo: (subjects) =>
      ['7 days left in your trial', '2 days left - time to upgrade!'].every(
        (subject) => subjects.filter((sent) => sent === subject).length === 1,
      ),
    text: (subjects) => `twelve days later, each reminder once: ${subjects.slice(2).join(' · ')}`,
  });
  await visitor.payByCard('4242424242424242');
  await narrator.tell({
    from: 'Stripe',
    read: () => world.paid(customerId),
    isSo: (cents) => cents === 9_900,
    text: (cents) => `Stripe has charged $${(cents / 100).toFixed(2)}`,
  });
  await narrator.tell({
    from: 'Temporal',
    read: () => world.workflow(customerId),
    isSo: ({ type }) => type === 'subscription',
    text: ({ type }) => `the customer is now in the phase ${type}`,
  });
};

const leaves: Story = async (stage) => {
  const { world, narrator } = stage;
  narrator.chapter('2. Halley Tours leaves in the middle of its trial');
  const visitor = new Visitor(world.run, 'halley');
  await visitor.signUp('Halley Tours');
  await isReady(stage, visitor, 'Halley Tours');
  const { customerId, email } = visitor;
  const slug = await slugOf(world, customerId)();
  await visitor.cancel('only looking');
  await narrator.tell({
    from: 'Stripe',
    read: () => world.subscription(customerId),
    isSo: (subscription) => subscription?.status === 'canceled',
    text: (subscription) => `the subscription in Stripe is ${subscription?.status ?? 'gone'}`,
  });
  await narrator.tell({
    from: 'Postgres',
    read: () => world.databaseExists(customerId),
    isSo: (exists) => !exists,
    text: (exists) => `the tenant's database is ${exists ? 'still there' : 'gone'}`,
  });
  await narrator.tell({
    from: 'the gateway',
    read: () => world.instance(slug, '/'),
    isSo: ({ status }) => status === 404,
    text: ({ status }) => `where the instance was, the gateway answers ${String(status)}`,
  });
  await narrator.tell({
    from: 'inbox',
    read: () => world.inbox(email),
    isSo: (subjects) => subjects.includes('Your account has been closed'),
    text: (subjects) => `last mail: ${subjects.at(-1) ?? 'none'}`,
  });
};

/** An instance that somebody set up by hand, under a name of which Tenure knows nothing. */
async function setUpByHand({ world, home }: Stage, slug: string): Promise<() => Promise<void>> {
  const folder = join(home, 'tenants', 'customer-set-up-by-hand');
  await mkdir(folder, { recursive: true });
  const host = `${slug}.${world.run.tenantBase}`;
  await writeFile(join(folder, 'instance.json'), JSON.stringify({ namespace: 'by-hand', host, memoryMb: 64 }));
  return () => rm(folder, { recursive: true, force: true });
}

const isReplayed: Story = async (stage) => {
  const { narrator } = stage;
  narrator.chapter(
    '3. The name Northwind would get is taken by an instance set up by hand; support corrects it and replays',
  );
  const takeAway = await setUpByHand(stage, 'northwind');
  try {
    await isCorrected(stage);
  } finally {
    await takeAway();
  }
};

async function isCorrected(stage: Stage): Promise<void> {
  const { world, narrator } = stage;
  const visitor = new Visitor(world.run, 'northwind');
  await visitor.signUp('Northwind');
  const { customerId } = visitor;
  const parked = await narrator.tell({
    from: 'Postgres',
    read: () => world.customer(customerId),
    isSo: ({ attention }) => attention === 'stack',
    text: ({ attention, slug }) =>
      `parked for a person at the step ${attention ?? 'none'} (its name is "${slug ?? ''}")`,
  });
  await narrator.tell({
    from: 'inbox',
    read: () => world.inbox('support@tenure.example'),
    isSo: (subjects) => subjects.some((subject) => subject.includes(customerId)),
    text: (subjects) => `support was mailed: ${subjects.find((subject) => subject.includes(customerId)) ?? 'nothing'}`,
  });
  narrator.link('console', `${world.run.api}/console/customers/${parked.customerId}`);
  const corrections = { slug: `northwind-traders-${customerId.slice(-6)}` };
  const reason = 'the host name is taken';
  await supportOf(world.run).command(customerId, 'replay', { from: 'failed', corrections, reason });
  await isReady(stage, visitor, 'Northwind');
  await narrator.tell({
    from: 'Postgres',
    read: () => world.customer(customerId),
    isSo: ({ attention }) => attention === null,
    text: ({ attention, slug }) =>
      `${attention === null ? 'no longer needs attention' : `still needs attention at ${attention}`}, and runs at "${slug ?? ''}"`,
  });
}

export const STORIES: readonly Story[] = [converts, leaves, isReplayed];
