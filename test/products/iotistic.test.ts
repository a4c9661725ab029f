import { renderMail } from '../../activities/email/render.ts';
import type { App } from '../../api/http/app-type.ts';
import type { Mail, MailFacts } from '../../infra/product/define-mail.ts';
import { openProduct } from '../../infra/product/open-product.ts';
import { createApiHarness, goodSignup, type ApiHarness } from '../api/harness.ts';

// Its promises do not depend on the defaults that Tenure has for a product.
const { profile, mails, words, routes } = await openProduct({ source: 'iotistic' });

let harness: ApiHarness;
let app: App;
beforeAll(async () => {
  harness = await createApiHarness();
  app = await harness.another({ profile, product: { words, routes, settings: {} } });
});
afterAll(() => harness.stop());

const facts = (more: Partial<MailFacts> = {}): MailFacts => ({
  customer: {
    ...{ id: 'cust_1', companyName: 'Acme', email: 'ada@acme.example', slug: 'acme', plan: 'starter' },
    ...{ region: 'eu-central', trialEndsAt: new Date('2027-03-15T12:00:00Z'), instanceUrl: 'https://acme.iot.example' },
    ...{ planName: 'Starter', isPaying: false, hasInstance: true, features: [], limits: {} },
  },
  terms: { target: 'local', trialDays: 14, graceDays: 3, retentionDays: 30 },
  ...{ brand: profile.brand, publicUrl: 'https://iot.example' },
  links: { revealApiKey: 'https://iot.example/reveal/r' },
  details: { daysLeft: 7 },
  ...more,
});

const mailed = (name: string, more: Partial<MailFacts> = {}) => {
  const mail: Mail | undefined = mails[name];
  if (mail === undefined) throw new Error(`It has no mail "${name}".`);
  return renderMail(mail, facts(more));
};

test('S1-2 S1-17: a signup is answered in its words', async () => {
  const reply = await app.inject({ method: 'POST', url: '/api/customers/signup', payload: goodSignup() });
  expect(reply.statusCode).toBe(201);
  expect(reply.json()).toMatchObject({
    message: 'Account created successfully! Your instance is being deployed.',
    subscription: { plan: 'starter', status: 'trialing' },
    deployment: { status: 'provisioning', estimated_time: '2-3 minutes' },
    next_steps: [
      'Check your email for login instructions',
      'Your instance URL will be active in 2-3 minutes',
      'Start by connecting your first device',
    ],
  });
});

test('S1-17: what is wrong with a signup is said in the words of the source', async () => {
  const refused = async (sent: object) => {
    const reply = await app.inject({ method: 'POST', url: '/api/customers/signup', payload: sent });
    return [reply.statusCode, reply.json<{ error: string }>().error];
  };
  expect(await refused({})).toEqual([400, 'Email, password, and company name are required']);
  expect(await refused(goodSignup({ email: 'nobody' }))).toEqual([400, 'Invalid email format']);
  expect(await refused(goodSignup({ password: 'short' }))).toEqual([400, 'Password must be at least 8 characters']);
});

test('S1-4 S1-5: 14 days of trial, reminders 7 and 2 days before its end, three read-only days, three plans', () => {
  expect(profile).toMatchObject({ trialDays: 14, reminderDaysBeforeEnd: [7, 2], graceDays: 3 });
  expect(profile.plans.map(({ id }) => id)).toEqual(['starter', 'professional', 'enterprise']);
});

test('S1-12 S3-10: subjects of the trial; the welcome says when the instance is there, the ready mail where its sign-in is', async () => {
  const subjects = [7, 2, 1].map(
    async (daysLeft) => (await mailed('trialReminder', { details: { daysLeft } })).subject,
  );
  expect(await Promise.all(subjects)).toEqual([
    '7 days left in your trial',
    '2 days left - time to upgrade!',
    '1 day left in your trial',
  ]);
  expect((await mailed('trialExpired')).subject).toBe('Trial expired - upgrade to continue');
  expect((await mailed('welcome')).text).toMatch(/14-day trial .*15 March 2027[^]*ready in 2-3 minutes[^]*reveal\/r/);
  expect((await mailed('ready')).text).toContain('https://acme.iot.example/login');
});
