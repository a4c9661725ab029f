import { createPublicKey } from 'node:crypto';
import { jwtVerify } from 'jose';
import { SIGN_IN_AUDIENCE } from '../../infra/licences.ts';
import { getCustomer } from '../../infra/db/repositories/customers.ts';
import { saveEntitlement } from '../../infra/db/repositories/entitlements.ts';
import { saveBackup } from '../../infra/db/repositories/backups.ts';
import { insertLinks } from '../../infra/db/repositories/one-time-links.ts';
import { hashToken, newToken } from '../../infra/tokens.ts';
import { Browser } from './browser.ts';
import { CONFIG, STAFF_TOKEN, createApiHarness, goodSignup, type ApiHarness } from './harness.ts';

let harness: ApiHarness;
beforeAll(async () => {
  harness = await createApiHarness();
});
afterAll(() => harness.stop());
beforeEach(() => {
  harness.temporal.answers = [];
  harness.temporal.updates.length = 0;
});

async function signedUp(company_name = 'Acme') {
  const browser = new Browser(harness.app);
  await browser.get('/');
  const { email, password } = goodSignup();
  const reply = await browser.post('/signup', { email, password, company_name, full_name: '', plan: 'starter' });
  const { customerId } = await harness.database
    .selectFrom('customers')
    .select('customerId')
    .where('email', '=', email)
    .executeTakeFirstOrThrow();
  return { browser, email, password, customerId, reply };
}

async function staffBrowser(): Promise<Browser> {
  const browser = new Browser(harness.app);
  await browser.get('/console/login');
  await browser.post('/console/login', { name: 'Ann', token: STAFF_TOKEN });
  return browser;
}

const set = (customerId: string, change: object) =>
  harness.database.updateTable('customers').set(change).where('customerId', '=', customerId).execute();

describe('every page', () => {
  test.each(['/', '/login', '/forgot-password', '/console/login', '/terms', '/privacy', '/nowhere'])(
    '%s allows nothing inline and holds nothing inline',
    async (url) => {
      const reply = await harness.app.inject({ url, headers: { accept: 'text/html' } });
      expect(reply.headers['content-type']).toBe('text/html; charset=utf-8');
      const policy = String(reply.headers['content-security-policy']);
      expect(policy).toContain("script-src 'self'");
      expect(policy).not.toContain('unsafe');
      expect(reply.body).not.toMatch(/<style|<script>| style="| on\w+="/);
      expect(reply.body).toMatch(/<html lang="en">[\s\S]*<h1>/);
      for (const [, id = ''] of reply.body.matchAll(/<label for="([^"]+)"/g))
        expect(reply.body).toContain(`id="${id}"`);
    },
  );

  test('what it loads is there', async () => {
    const { body } = await (await signedUp()).browser.get('/onboarding');
    const files = [...body.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path = '']) => path);
    expect(files).toHaveLength(4);
    for (const url of files) expect((await harness.app.inject({ url })).statusCode).toBe(200);
  });

  test.each(['/login', '/console/login', '/account'])(
    '%s opens also with what a mail program has added to its link',
    async (page) => {
      const reply = await harness.app.inject({ url: `${page}?utm_source=mail` });
      expect(reply.statusCode).toBe(page === '/account' ? 303 : 200);
    },
  );

  test.each([
    ['/account', '/login'],
    ['/onboarding', '/login'],
    ['/console?phase=trial', '/console/login'],
    ['/console/customers/cust_00000000-0000-4000-8000-000000000000', '/console/login'],
  ])('%s without a session goes to %s, and from there back', async (url, page) => {
    const location = `${page}?next=${encodeURIComponent(url)}`;
    expect(await harness.app.inject({ url })).toMatchObject({ statusCode: 303, headers: { location } });
    const { email, password } = await signedUp();
    const browser = new Browser(harness.app);
    expect((await browser.get(location)).body).toContain(`name="next" value="${url.replace('=', '&#61;')}"`);
    const fields = page === '/login' ? { email, password } : { name: 'Ann', token: STAFF_TOKEN };
    expect((await browser.post(page, { ...fields, next: url })).headers['location']).toBe(url);
  });

  test.each([
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '/account//evil.example:80',
    'javascript:x',
  ])('after the sign-in nobody is sent to %s', async (next) => {
    const { email, password } = await signedUp();
    const browser = new Browser(harness.app);
    await browser.get('/login');
    const { location } = (await browser.post('/login', { email, password, next })).headers;
    expect(new URL(String(location), 'http://localhost').origin).toBe('http://localhost');
  });

  test('the form of a visitor who was signed out says so in plain words', async () => {
    const browser = new Browser(harness.app);
    await browser.get('/login');
    const reply = await browser.post('/account/cancel', { when: 'now' });
    expect(reply.statusCode).toBe(401);
    expect(reply.body).toContain('Your session has ended. Sign in to continue');
    expect(reply.body).not.toContain('token');
  });

  test('a customer does not get into the console', async () => {
    const { browser } = await signedUp();
    const { statusCode, headers } = await browser.get('/console');
    expect([statusCode, headers.location]).toEqual([303, expect.stringMatching(/^\/console\/login/)]);
  });
});

describe('forms', () => {
  test.each([
    ['no token', ''],
    ['a made-up token', 'aaaaaaaa-bbbbbbbb'],
  ])('with %s are refused', async (_name, csrf) => {
    const { browser } = await signedUp();
    await browser.get('/account');
    const reply = await browser.post('/account/cancel', { when: 'now' }, csrf);
    expect(reply.statusCode).toBe(403);
    expect(harness.temporal.updates).toEqual([]);
  });

  test('a token of another session is refused', async () => {
    const [one, two] = [await signedUp(), await signedUp()];
    await two.browser.get('/account');
    await one.browser.get('/account');
    expect((await one.browser.post('/account/cancel', { when: 'now' }, two.browser.csrf)).statusCode).toBe(403);
  });

  test('the JSON API takes none', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const reply = await harness.app.inject({
      method: 'POST',
      url: '/api/customers/login',
      payload: 'email=a',
      headers,
    });
    expect(reply.statusCode).toBe(415);
  });

  test.each([
    ['application/x-www-form-urlencoded', 'email=a%40b.cc&password=Passw%F6rd1', 400, 'not percent-encoded UTF-8'],
    ['application/x-www-form-urlencoded', Buffer.from([0x61, 0x3d, 0xe9]), 400, 'not valid UTF-8'],
    ['multipart/form-data; boundary=x', '--x--', 415, 'Send the form as application/x-www-form-urlencoded.'],
  ])('what cannot be read of %s (%p) is refused in words', async (type, payload, status, words) => {
    const reply = await harness.app.inject({
      ...{ method: 'POST', url: '/login', payload },
      headers: { 'content-type': type, accept: 'text/html' },
    });
    expect(reply.statusCode).toBe(status);
    expect(reply.body).toContain(words);
  });

  test('refuse card numbers too', async () => {
    const browser = new Browser(harness.app);
    await browser.get('/');
    const reply = await browser.post('/signup', goodSignup({ company_name: '4242 4242 4242 4242' }));
    expect(reply.statusCode).toBe(400);
    expect(reply.body).toContain('Card data refused');
    expect(reply.body).not.toMatch(/4242[ -]?4242/);
  });
});

describe('signing up', () => {
  test('signs in and goes on to the progress', async () => {
    const { reply, browser } = await signedUp('Tom & <i>Co</i>');
    expect(reply).toMatchObject({ statusCode: 303, headers: { location: '/onboarding' } });
    const page = await browser.get('/onboarding');
    expect(page.body).toContain('Tom &#38; &#60;i&#62;Co&#60;/i&#62;');
  });

  test('keeps what was typed and marks every field, but never shows a password again', async () => {
    const browser = new Browser(harness.app);
    await browser.get('/');
    const reply = await browser.post('/signup', {
      email: 'nope',
      password: 'geheim',
      company_name: '"><script>x',
      full_name: 'Jo',
    });
    expect(reply.statusCode).toBe(400);
    expect(reply.body).toContain('value="&#34;&#62;&#60;script&#62;x"');
    expect(reply.body.match(/aria-invalid="true"/g)).toHaveLength(2);
    expect(reply.body).toContain('Invalid email format');
    expect(reply.body).not.toContain('geheim');
  });

  test('says so when signups are closed', async () => {
    const app = await harness.another({ config: { ...CONFIG, signup: { enabled: false, perHour: undefined } } });
    const { body } = await app.inject({ url: '/' });
    expect(body).toContain('not taking new customers');
    expect(body).not.toContain('<form method="post" action="/signup"');
  });
});

describe('signing in and out', () => {
  test('leads to the account and back', async () => {
    const { email, password } = await signedUp();
    const browser = new Browser(harness.app);
    await browser.get('/login');
    expect((await browser.post('/login', { email, password: 'Wrong-pass1' })).statusCode).toBe(401);
    expect((await browser.post('/login', { email, password })).headers['location']).toBe('/account');
    expect((await browser.get('/account')).statusCode).toBe(200);
    await browser.post('/logout');
    expect((await browser.get('/account')).statusCode).toBe(303);
  });
});

const step = (customerId: string, name: string, state: string, more: object = {}) =>
  harness.database
    .insertInto('onboardingSteps')
    .values({ customerId, step: name, epoch: 1, state, ...more })
    .execute();

describe('the progress', () => {
  test('says of each step where it stands and what it waits for', async () => {
    const { browser, customerId } = await signedUp();
    await step(customerId, 'welcomeMail', 'done');
    await step(customerId, 'stripeCustomer', 'running', { attempts: 2 });
    await step(customerId, 'stack', 'failed', { attempts: 1 });
    const { body } = await browser.get('/onboarding');
    const text = body.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');
    expect(text).toContain('Open your billing account working on it, try 2');
    expect(text).toContain('Start your trial after: open your billing account');
    expect(text).toContain('Build your own instance failed; trying again');
    expect(text).not.toContain('We could not set up');
  });

  test('counts the parts of the instance that are there', async () => {
    const { browser, customerId } = await signedUp();
    await step(customerId, 'stack', 'running', { attempts: 1 });
    const parts = [
      { resource: 'TenantRole', state: 'created' },
      { resource: 'TenantDatabase', state: 'creating' },
    ];
    await harness.database
      .insertInto('stacks')
      .values({ customerId, stackName: customerId, target: 'local', progress: JSON.stringify(parts) })
      .execute();
    expect((await browser.get('/onboarding')).body).toContain('working on it, 1 of 2 parts so far');
  });

  test('is honest about a failure and offers another try, which is a replay', async () => {
    const { browser, customerId } = await signedUp();
    await step(customerId, 'stack', 'failed', { attempts: 3, errorMessage: 'internal detail' });
    await set(customerId, { attention: 'stack' });
    const { body } = await browser.get('/onboarding');
    expect(body).toContain('We could not set up your instance.');
    expect(body).not.toContain('internal detail');
    harness.temporal.answers = [() => ({ willRun: ['stack'], nothingToDo: false })];
    expect((await browser.post('/onboarding/retry')).statusCode).toBe(303);
    expect(harness.temporal.updates).toMatchObject([
      { name: 'resumeOnboarding', argument: { actor: 'customer', from: 'failed' } },
    ]);
  });

  test('links to the instance when it is ready', async () => {
    const { browser, customerId } = await signedUp();
    await set(customerId, { phase: 'trial', instanceUrl: 'http://acme.localhost:3180' });
    expect((await browser.get('/onboarding')).body).toContain('href="/account/instance"');
  });

  test('comes as events, again whenever it changes, and ends with the app', async () => {
    const { customerId, email, password } = await signedUp();
    const app = await harness.another({});
    const base = await app.listen({ port: 0, host: '127.0.0.1' });
    const login = await fetch(`${base}/api/customers/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password }),
    });
    const { token } = (await login.json()) as { token: string };
    const stream = await fetch(`${base}/onboarding/events`, {
      headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream' },
    });
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
    let seen = '';
    const readUntil = async (text: string) => {
      while (!seen.includes(text)) {
        const part = await reader?.read();
        if (!part || part.done) throw new Error(`the stream ended without "${text}"`);
        seen += part.value;
      }
    };
    await readUntil('about to start');
    expect(seen).toMatch(/^data: +</m);
    await step(customerId, 'welcomeMail', 'running');
    await readUntil('working on it');
    await app.close();
    while (!(await reader?.read())?.done);
  });
});

describe('the account', () => {
  test('shows plan, trial and instance, and offers the upgrade', async () => {
    const { browser, customerId } = await signedUp();
    await set(customerId, { phase: 'trial', standing: 'active', instanceUrl: 'http://acme.localhost:3180' });
    const { body } = await browser.get('/account');
    const told = [
      'Starter, $99 a month',
      '14 days left',
      'If you pay now, $99 is charged immediately',
      'when the trial ends, on',
    ];
    for (const text of [...told, 'http://acme.localhost:3180', 'Pay now']) expect(body).toContain(text);
    harness.temporal.answers = [() => ({ checkoutUrl: 'https://checkout.stripe.com/c/pay/cs_1' })];
    const reply = await browser.post('/account/upgrade', { charge: 'now' });
    expect(reply).toMatchObject({ statusCode: 303, headers: { location: 'https://checkout.stripe.com/c/pay/cs_1' } });
    expect(harness.temporal.updates).toMatchObject([{ name: 'convertTrial', argument: { chargeWhen: 'now' } }]);
  });

  test('with a card saved it says what will be charged and when, and asks for no card', async () => {
    const { browser, customerId } = await signedUp();
    const trialEndsAt = new Date('2027-03-01T12:00:00Z');
    await set(customerId, { phase: 'trial', standing: 'active', trialEndsAt });
    const status = { phase: 'trial', waitingFor: 'x', now: '2027-02-20T00:00:00.000Z', nextAt: null, steps: {} };
    harness.temporal.queries = {
      customerStatus: () => ({
        ...status,
        trialEndsAt: trialEndsAt.toISOString(),
        leavesAtEnd: false,
        paysAtEnd: true,
      }),
    };
    const { body } = await browser.get('/account');
    harness.temporal.queries = {};
    expect(body).toContain('Your card is saved. $99 is charged to it when the trial ends, on 1 March 2027.');
    for (const asked of ['Add a card', 'Pay when the trial ends']) expect(body).not.toContain(asked);
    for (const offered of ['Use another card', 'Pay now']) expect(body).toContain(offered);
  });

  test('does not offer to wait for the end of a trial that is over', async () => {
    const { browser, customerId } = await signedUp();
    await set(customerId, { phase: 'trial', standing: 'suspended', trialEndsAt: new Date('2026-03-01T12:00:00Z') });
    const { body } = await browser.get('/account');
    expect(body).toContain('ended on 1 March 2026');
    expect(body).toContain('Pay now');
    expect(body).not.toContain('Pay when the trial ends');
    expect(body).toContain('your instance will be removed on 3 April 2026');
    await set(customerId, { standing: 'read_only' });
    expect((await browser.get('/account')).body).toContain('your instance will be suspended on 4 March 2026');
  });

  test('leads into the instance, with a token for that customer alone which is good for a minute', async () => {
    const { browser, customerId } = await signedUp();
    expect((await browser.get('/account/instance')).headers['location']).toBe('/account');
    await set(customerId, { phase: 'trial', standing: 'active', instanceUrl: 'http://acme.localhost:3180' });
    expect((await browser.get('/account')).body).toContain('<a href="/account/instance">Open my instance</a>');
    const reply = await browser.get('/account/instance');
    expect(reply).toMatchObject({ statusCode: 303, headers: { 'cache-control': 'no-store' } });
    const address = new URL(String(reply.headers['location']));
    expect(address.origin + address.pathname).toBe('http://acme.localhost:3180/enter');
    const key = createPublicKey(harness.deps.licences.publicKeyPem);
    const { payload } = await jwtVerify(address.searchParams.get('token') ?? '', key, { audience: SIGN_IN_AUDIENCE });
    expect(payload.sub).toBe(customerId);
    expect((payload.exp ?? 0) - Date.now() / 1000).toBeLessThanOrEqual(60);
  });

  test('whoever comes for the instance gets there after signing in', async () => {
    const { email, password } = await signedUp();
    const browser = new Browser(harness.app);
    const next = '/account/instance';
    const { location } = (await browser.get(next)).headers;
    expect(location).toBe(`/login?next=${encodeURIComponent(next)}`);
    expect((await browser.get(String(location))).body).toContain(`name="next" value="${next}"`);
    const { body } = await browser.post('/login', { email, password, next });
    expect(body).toContain('content="0;url=/account/instance"');
    expect((await browser.get('/account/instance')).headers['location']).toBe('/account');
  });

  test('while it is set up it can only be cancelled at once, and says so', async () => {
    const { browser, customerId } = await signedUp();
    const { body } = await browser.get('/account');
    expect(body).toContain('Cancelling stops the setup now');
    expect(body).not.toContain('At the end of the billing period');
    expect(body).not.toContain('A backup of your data');
    const refused = await browser.post('/account/cancel', { when: 'period_end', reason: '' });
    expect(refused.body).toContain('there is no period to wait for');
    expect(harness.temporal.updates).toEqual([]);
    harness.temporal.answers = [() => ({ endsAt: null })];
    await browser.post('/account/cancel', { when: 'now', reason: '' });
    expect(harness.temporal.updates).toMatchObject([{ name: 'cancel', argument: { when: 'now' } }]);

    await step(customerId, 'stack', 'failed');
    const progress = (await browser.get('/onboarding')).body;
    expect(progress).toContain('Setup was cancelled.');
    expect(progress).toMatch(/Build your own instance\s*<small>stopped</);
    expect(progress).not.toContain('few minutes at most');
    const account = (await browser.get('/account')).body;
    expect(account).toContain('being closed');
    expect(account).not.toContain('Cancel my plan');

    await set(customerId, { phase: 'ended', standing: 'ended' });
    const closed = (await browser.get('/onboarding')).body;
    expect(closed).toContain('This account has been closed.');
    expect(closed).toMatch(/Build your own instance\s*<small>stopped</);
    expect(closed).toMatch(/Email you that everything is ready\s*<small>not started</);
  });

  test('past its trial there is no period to wait for, and what it says is so', async () => {
    const { browser, customerId } = await signedUp();
    await set(customerId, { phase: 'trial', standing: 'read_only' });
    const { body } = await browser.get('/account');
    expect(body).toContain('Your trial is over. Cancelling closes the account now');
    expect(body).not.toContain('When the trial ends');
    const refused = await browser.post('/account/cancel', { when: 'period_end', reason: '' });
    expect(refused.body).toContain('The trial is over, so there is no period to wait for.');
    expect(harness.temporal.updates).toEqual([]);
  });

  test('an upgrade that was declined after the trial is said, for as long as its invoice is open', async () => {
    const { browser, customerId } = await signedUp();
    await set(customerId, { phase: 'trial', standing: 'read_only', subscriptionStatus: 'paused' });
    const said = async () => (await browser.get('/account')).body.includes('Your last payment was declined.');
    expect(await said()).toBe(false);
    const invoice = {
      stripeInvoiceId: `in_${customerId}`,
      customerId,
      currency: 'usd',
      amountDue: 9_900,
      amountPaid: 0,
    };
    await harness.database
      .insertInto('invoices')
      .values({ ...invoice, status: 'open', invoiceCreatedAt: new Date() })
      .execute();
    expect(await said()).toBe(true);
    await harness.database
      .updateTable('invoices')
      .set({ status: 'void' })
      .where('customerId', '=', customerId)
      .execute();
    expect(await said()).toBe(false);
  });

  test.each([
    ['keep', 'is not refunded.'],
    ['refund', 'is refunded to your card.'],
  ] as const)('leaving at once says what was paid for the days to come (%s)', async (whenLeavingNow, becomes) => {
    const { browser, customerId } = await signedUp();
    const { terms } = await getCustomer(harness.database, customerId);
    await set(customerId, {
      ...{ phase: 'subscription', standing: 'active', subscriptionStatus: 'active' },
      terms: JSON.stringify({ ...terms, whenLeavingNow }),
    });
    const inDays = (days: number) => new Date(Date.now() + days * 86_400_000);
    const paid = { currency: 'usd', amountDue: 9_900, amountPaid: 9_900, status: 'paid' };
    for (const [stripeInvoiceId, days] of Object.entries({ now: -9.5, before: -39.5 }))
      await harness.database
        .insertInto('invoices')
        .values({
          ...paid,
          customerId,
          stripeInvoiceId: `${stripeInvoiceId}_${customerId}`,
          invoiceCreatedAt: inDays(days),
        })
        .execute();
    const entitlement = { status: 'active', currentPeriodEnd: inDays(20.5), plan: null, trialExpiresAt: null } as const;
    await saveEntitlement(harness.database, customerId, entitlement);
    const { body } = await browser.get('/account');
    expect(body.replaceAll(/\s+/g, ' ')).toMatch(
      new RegExp(`If you cancel now, \\$66, which you have paid for the days until [^,]+, ${becomes}`),
    );
  });

  test.each([
    [{ withoutCard: 'invoice' }, 'you are sent an invoice'],
    [{ withoutCard: 'nothing_due' }, 'nothing is to be paid, and everything goes on.'],
    [
      { nextCharge: { cents: 12_900, due: 12_900, currency: 'usd', at: '2027-01-02T00:00:00Z', agreed: 9_900 } },
      '$99 a month; $129 is charged on 2 January 2027',
    ],
  ])('what somebody arranged in Stripe is said: %j', async (arranged, text) => {
    const { browser, customerId } = await signedUp();
    const trialEndsAt = new Date(Date.now() + 5 * 86_400_000);
    await set(customerId, { phase: 'trial', standing: 'active', trialEndsAt });
    const status = {
      ...{ phase: 'trial', waitingFor: 'the end', now: new Date().toISOString(), nextAt: null, steps: {} },
      ...{ trialEndsAt: trialEndsAt.toISOString(), leavesAtEnd: false },
    };
    harness.temporal.queries = { customerStatus: () => ({ ...status, ...arranged }) };
    const { body } = await browser.get('/account');
    harness.temporal.queries = {};
    expect(body.replaceAll(/\s+/g, ' ')).toContain(text);
    expect(body.includes('Add a card through Stripe')).toBe('nextCharge' in arranged);
  });

  test('who has left sees their invoices by the link of their last mail, and until when their data is kept', async () => {
    const { customerId } = await signedUp('Acme that left');
    const { email } = await getCustomer(harness.database, customerId);
    const token = newToken();
    const link = { tokenHash: hashToken(token), purpose: 'after_leaving', lifeSeconds: 3_600 } as const;
    await insertLinks(harness.database, { customerId, email }, [link]);
    const paid = { currency: 'usd', amountDue: 9_900, amountPaid: 9_900, status: 'paid', invoiceCreatedAt: new Date() };
    const document = { number: 'T-0001', hostedUrl: 'https://stripe.example/i', pdfUrl: 'https://stripe.example/pdf' };
    const invoice = { ...paid, ...document, customerId, stripeInvoiceId: `left_${customerId}` };
    await harness.database.insertInto('invoices').values(invoice).execute();
    const backup = {
      customerId,
      location: `/${customerId}`,
      manifest: {},
      deleteAfter: new Date('2027-05-01T00:00:00Z'),
    };
    await saveBackup(harness.database, backup);
    await set(customerId, { phase: 'ended', standing: 'ended', emailNorm: null, slug: null });
    const open = (with_: string) => harness.app.inject({ url: `/left/${with_}`, headers: { accept: 'text/html' } });
    for (const opened of [await open(token), await open(token)]) {
      expect(opened.statusCode).toBe(200);
      expect(opened.headers['referrer-policy']).toBe('no-referrer');
      for (const text of ['Acme that left', 'kept until 1 May 2027', 'T-0001', 'https://stripe.example/pdf', '$99'])
        expect(opened.body).toContain(text);
    }
    expect((await open('nothing')).statusCode).toBe(410);
    await harness.database
      .updateTable('oneTimeLinks')
      .set({ expiresAt: new Date(0) })
      .where('customerId', '=', customerId)
      .execute();
    expect((await open(token)).statusCode).toBe(410);
  });

  test('a form made before the account moved on ends nothing', async () => {
    const { browser, customerId } = await signedUp();
    const { body } = await browser.get('/account');
    expect(body).toContain('name="phase" value="onboarding"');
    await set(customerId, { phase: 'trial', standing: 'active' });
    const stale = await browser.post('/account/cancel', { when: 'now', phase: 'onboarding', reason: '' });
    expect(stale.statusCode).toBe(409);
    expect(stale.body).toContain('Your account has changed since this page was loaded.');
    expect(harness.temporal.updates).toEqual([]);
  });

  test('in whatever phase, one that is being closed is offered nothing but to look', async () => {
    const { browser, customerId } = await signedUp();
    const trialEndsAt = new Date(Date.now() - 60_000);
    await set(customerId, { phase: 'trial', standing: 'read_only', trialEndsAt });
    const leaving = {
      ...{ phase: 'trial', waitingFor: 'the next step', now: new Date().toISOString(), nextAt: null, steps: {} },
      ...{ trialEndsAt: new Date().toISOString(), leavesAtEnd: false, leavesNow: true },
    };
    harness.temporal.queries = { customerStatus: () => leaving };
    const { body } = await browser.get('/account');
    harness.temporal.queries = {};
    expect(body).toContain('being closed');
    for (const offered of ['Upgrade', 'Pay now', 'Cancel my plan', 'Open my instance', 'upgrade', 'Create an API key'])
      expect(body).not.toContain(offered);
  });

  test('cancels with a reason that stays here, and tells a refusal in words', async () => {
    const { browser, customerId } = await signedUp();
    await set(customerId, { phase: 'trial', standing: 'active' });
    await browser.get('/account');
    harness.temporal.answers = [() => ({ endsAt: null })];
    for (const refused of [{ when: 'soon' }, { when: 'now', reason: 'a\u202eb' }])
      expect((await browser.post('/account/cancel', refused)).statusCode).toBe(422);
    expect(
      (await browser.post('/account/cancel', { when: 'period_end', reason: 'too <dear>' })).headers['location'],
    ).toBe('/account?done=cancelled');
    const said = await harness.database
      .selectFrom('auditEvents')
      .select('reason')
      .where('customerId', '=', customerId)
      .where('action', '=', 'command.cancel')
      .execute();
    expect(said).toEqual([{ reason: 'too <dear>' }]);
    expect(JSON.stringify(harness.temporal.updates)).not.toContain('dear');
    expect((await browser.get('/account?done=cancelled')).body).toContain('Your plan is cancelled.');
    harness.temporal.refuse('There is no <cancellation> that can be undone.');
    const refused = await browser.post('/account/undo-cancellation');
    expect(refused.statusCode).toBe(409);
    expect(refused.body).toContain('There is no &#60;cancellation&#62; that can be undone.');
  });

  test('deletes everything only for a person who knows the password, also after a cancellation', async () => {
    const { browser, password } = await signedUp();
    const status = { phase: 'trial', now: '2026-12-01T00:00:00.000Z', leavesAtEnd: true, nextAt: null, steps: {} };
    harness.temporal.queries = { customerStatus: () => status };
    expect((await browser.get('/account')).body).toContain('action="/account/delete"');
    harness.temporal.queries = {};
    expect((await browser.post('/account/delete')).statusCode).toBe(403);
    const wrong = await browser.post('/account/delete', { password: 'Wrong-pass1' });
    expect(wrong.body).toContain('That is not the password of this account.');
    expect(harness.temporal.updates).toEqual([]);
    harness.temporal.answers = [() => ({ accepted: true })];
    expect((await browser.post('/account/delete', { password })).statusCode).toBe(200);
    expect(harness.temporal.updates).toMatchObject([{ name: 'eraseAccount' }]);
    expect((await browser.get('/account')).statusCode).toBe(303);
  });
});

describe('the API key', () => {
  const token = 'one-time-token-of-the-test';
  const link = async (customerId: string, expiresAt = new Date(Date.now() + 60_000)) =>
    harness.database
      .insertInto('oneTimeLinks')
      .values({ tokenHash: hashToken(token), customerId, purpose: 'reveal_api_key', expiresAt })
      .execute();
  afterEach(() => harness.database.deleteFrom('oneTimeLinks').execute());

  test('is made when the button is pressed, shown once, and only its hash is kept', async () => {
    const { customerId } = await signedUp();
    await link(customerId);
    const browser = new Browser(harness.app);
    // A mail scanner that only opens the link does not use it up.
    for (let n = 0; n < 3; n += 1) expect((await browser.get(`/reveal/${token}`)).statusCode).toBe(200);
    expect(await harness.count('apiKeys')).toBe(0);
    const replies = await Promise.all([browser.post(`/reveal/${token}`), browser.post(`/reveal/${token}`)]);
    expect(replies.map(({ statusCode }) => statusCode).sort()).toEqual([200, 410]);
    const [key = ''] = replies.flatMap(({ body }) => /tenure_[0-9A-Za-z]{36}/.exec(body) ?? []);
    const kept = await harness.database.selectFrom('apiKeys').selectAll().execute();
    expect(kept).toMatchObject([{ customerId, prefix: key.slice(0, 11), keyHash: hashToken(key) }]);
    expect(JSON.stringify(kept)).not.toContain(key);
    const rights = (bearer: string) =>
      harness.app.inject({ url: '/me/entitlements', headers: { authorization: `Bearer ${bearer}` } });
    expect((await rights(key)).statusCode).toBe(200);
    expect((await rights(`${key.slice(0, -1)}${key.endsWith('x') ? 'y' : 'x'}`)).statusCode).toBe(401);
    await harness.database.updateTable('apiKeys').set({ revokedAt: new Date() }).execute();
    expect((await rights(key)).statusCode).toBe(401);
    expect((await browser.get(`/reveal/${token}`)).statusCode).toBe(410);
    expect(harness.log()).not.toContain(key);
    expect(harness.log()).not.toContain(token);
  });

  test('not after the link has expired', async () => {
    const { customerId } = await signedUp();
    await link(customerId, new Date(Date.now() - 1_000));
    expect((await new Browser(harness.app).get(`/reveal/${token}`)).statusCode).toBe(410);
  });
});

describe('the console', () => {
  test('its sign-in leads nowhere else', async () => {
    const { body } = await harness.app.inject({ url: '/console/login', headers: { accept: 'text/html' } });
    expect(/<nav.*<\/nav>/s.exec(body)?.[0].match(/href="[^"]*"/g)).toEqual(['href="/console"']);
  });

  test('opens with the staff token only', async () => {
    const browser = new Browser(harness.app);
    await browser.get('/console/login');
    expect((await browser.post('/console/login', { name: 'Ann', token: 'wrong' })).statusCode).toBe(401);
    expect((await browser.get('/console')).statusCode).toBe(303);
    expect((await browser.post('/console/login', { name: 'Ann', token: STAFF_TOKEN })).headers['location']).toBe(
      '/console',
    );
    expect((await browser.get('/console')).statusCode).toBe(200);
    await browser.post('/console/logout');
    expect((await browser.get('/console')).statusCode).toBe(303);
  });

  test('lists, filters, and answers htmx with the table alone', async () => {
    const { customerId } = await signedUp('Needle & Co');
    await set(customerId, { attention: 'stack' });
    const browser = await staffBrowser();
    const all = await browser.get('/console?q=needle&attention=any&phase=');
    expect(all.body).toContain('Needle &#38; Co');
    const part = await browser.get('/console?q=needle', { 'hx-request': 'true' });
    expect(part.body).toContain('Needle &#38; Co');
    expect(part.body).not.toContain('<html');
    expect((await browser.get('/console?q=nothing-like-it')).body).toContain('No customers match.');
  });

  test('shows a customer whole and replays with a correction and a reason', async () => {
    const { customerId } = await signedUp('Status');
    await harness.database
      .insertInto('onboardingSteps')
      .values({
        customerId,
        step: 'stack',
        epoch: 1,
        state: 'failed',
        attempts: 3,
        errorType: 'InvalidSpec',
        errorMessage: 'The name is reserved',
      })
      .execute();
    await harness.database
      .insertInto('alerts')
      .values({ customerId, kind: 'onboarding:stack', summary: 'failed', suggestedFix: 'Replay with another slug' })
      .execute();
    await set(customerId, { attention: 'stack' });
    const browser = await staffBrowser();
    const { body } = await browser.get(`/console/customers/${customerId}`);
    for (const text of [
      'InvalidSpec',
      'The name is reserved',
      'Replay with another slug',
      'http://ui.test/',
      'customer.signed_up',
    ])
      expect(body).toContain(text);
    harness.temporal.answers = [() => ({ willRun: ['stack'], nothingToDo: false })];
    const url = `/console/customers/${customerId}/replay`;
    const sent = await browser.post(url, {
      from: 'failed',
      slug: 'status-ltd',
      company_name: '',
      email: '',
      plan: '',
      reason: 'reserved word',
    });
    expect(sent.headers['location']).toBe(`/console/customers/${customerId}?done=replay`);
    const [correction] = await harness.database
      .selectFrom('corrections')
      .selectAll()
      .where('customerId', '=', customerId)
      .execute();
    expect(correction).toMatchObject({
      patch: { slug: 'status-ltd' },
      actor: expect.stringMatching(/^staff:[0-9a-f]{12}$/) as string,
    });
    const [, again] = [
      await browser.get(`/console/customers/${customerId}?done=replay`),
      await browser.post(url, { from: 'failed', reason: '' }),
    ];
    expect(again.statusCode).toBe(422);
    expect(again.body).toContain('Say why');
  });
});
