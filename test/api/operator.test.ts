import {
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ActivityFailure, ApplicationFailure, RetryState } from '@temporalio/common';
import type { RefundRequest } from '../../workflows/contract/refund.ts';
import {
  STAFF_TOKEN,
  SUPPORT_TOKEN,
  createApiHarness,
  member,
  staff,
  supporter,
  type ApiHarness,
  type Member,
} from './harness.ts';
import { Browser } from './browser.ts';

// What only an operator may: erase, unlock, refund. The refund itself is tested against Stripe's emulator in
// test/workflows/refund.test.ts; these tests are about what the API asks for, and what it does with the answer.
let harness: ApiHarness;
let own: Member;
beforeAll(async () => {
  harness = await createApiHarness();
});
afterAll(() => harness.stop());
beforeEach(async () => {
  await harness.database.deleteFrom('rateLimits').execute();
  own = await member(harness);
  harness.temporal.started.clear();
  harness.temporal.updates.length = 0;
  harness.temporal.answers = [];
  harness.temporal.results = { stackLock: () => 'nobody' };
});

const admin = (command: string, payload: object, headers: Record<string, string> = {}) =>
  harness.app.inject({
    method: 'POST',
    url: `/api/admin/customers/${own.customerId}/${command}`,
    payload,
    headers: { ...staff, ...headers },
  });
const audit = () =>
  harness.database
    .selectFrom('auditEvents')
    .selectAll()
    .where('customerId', '=', own.customerId)
    .orderBy('auditId')
    .execute();
const invoice = async (stripeInvoiceId = `in_${own.customerId.slice(-12)}`) => {
  const money = { currency: 'usd', amountDue: 9_900, amountPaid: 9_900, status: 'paid' };
  const row = { stripeInvoiceId, customerId: own.customerId, invoiceCreatedAt: new Date(), ...money };
  await harness.database.insertInto('invoices').values(row).execute();
  return stripeInvoiceId;
};
async function staffBrowser(): Promise<Browser> {
  const browser = new Browser(harness.app);
  await browser.get('/console/login');
  await browser.post('/console/login', { name: 'Ann', token: STAFF_TOKEN });
  return browser;
}

describe('the forms of the console take what the API takes', () => {
  test.each([
    ['replay', { slug: '../../evil"; drop database x; --' }, 'corrections.slug'],
    ['replay', { company_name: 'a\r\n\u001b[31mb' }, 'corrections.company_name'],
    ['replay', { company_name: 'https://evil.example' }, 'corrections.company_name'],
    ['replay', { from: 'lunch' }, 'from'],
    ['dry-run', { slug: '(((' }, 'corrections.slug'],
    ['dry-run', { slug: 'a)*(' }, 'corrections.slug'],
    ['extend-trial', { days: '0x10' }, 'number of days'],
    ['extend-trial', { days: '1e2' }, 'number of days'],
    ['extend-trial', { days: '366' }, 'days'],
    ['extend-trial', { days: '0.0009' }, 'at least 0.001'],
    ['cancel', { when: 'soon' }, 'when'],
    ['refund', { invoice: '../in_1' }, 'invoice'],
    ['advance', { to: '0000-01-01T00:00:00Z' }, 'Enter a time like'],
    ['advance', { to: '12/24/2026' }, 'Enter a time like'],
  ])('%s with %j: 422', async (command, typed, named) => {
    const browser = await staffBrowser();
    await browser.get(`/console/customers/${own.customerId}`);
    const stored = await harness.count('corrections');
    const reply = await browser.post(`/console/customers/${own.customerId}/${command}`, { reason: 'x', ...typed });
    expect(reply.statusCode).toBe(422);
    expect(reply.body).toContain(named);
    expect(await harness.count('corrections')).toBe(stored);
    expect(harness.temporal.updates).toEqual([]);
  });
});

describe('erase', () => {
  test('is the erasure of DELETE /me/account, with a reason that stays here', async () => {
    harness.temporal.answers = [() => ({ accepted: true })];
    expect((await admin('erase', { confirm: own.customerId, reason: 'asked by phone, +44 20' })).json()).toEqual({
      accepted: true,
    });
    const said = (await audit()).at(-1);
    expect(said).toMatchObject({
      actor: 'staff:token',
      action: 'command.eraseAccount',
      reason: 'asked by phone, +44 20',
    });
    expect(harness.temporal.updates).toMatchObject([
      {
        workflowId: `customer/${own.customerId}`,
        name: 'eraseAccount',
        argument: { actor: 'staff:token', auditId: said?.auditId },
      },
    ]);
    expect(JSON.stringify(harness.temporal.updates)).not.toContain('+44');
  });

  test('needs a reason, and the id or the instance name of the very customer once more', async () => {
    expect((await admin('erase', { confirm: own.customerId })).statusCode).toBe(400);
    expect((await admin('erase', { reason: 'x', confirm: (await member(harness)).customerId })).statusCode).toBe(422);
    const browser = await staffBrowser();
    await browser.get(`/console/customers/${own.customerId}`);
    const unsure = await browser.post(`/console/customers/${own.customerId}/erase`, { reason: 'x' });
    expect(unsure.statusCode).toBe(422);
    expect(harness.temporal.updates).toEqual([]);
    harness.temporal.answers = [() => ({ accepted: true })];
    const { slug } = await harness.database
      .selectFrom('customers')
      .select('slug')
      .where('customerId', '=', own.customerId)
      .executeTakeFirstOrThrow()
      .then((row) => ({ slug: row.slug ?? '' }));
    const sure = await browser.post(`/console/customers/${own.customerId}/erase`, { reason: 'x', confirm: slug });
    expect(sure.headers['location']).toBe(`/console/customers/${own.customerId}?done=erase`);
    expect(harness.temporal.updates).toMatchObject([{ name: 'eraseAccount' }]);
  });
});

describe('unlock', () => {
  const login = async () => {
    const payload = { email: own.email, password: 'Abcdefg1' };
    return (await harness.app.inject({ method: 'POST', url: '/api/customers/login', payload })).statusCode;
  };
  const lockOut = async () => {
    const payload = { email: own.email, password: 'Wrong-pass1' };
    for (let n = 0; n < 11; n += 1) await harness.app.inject({ method: 'POST', url: '/api/customers/login', payload });
  };

  test('lets in a customer whom guesses had kept out, and audits what it found', async () => {
    await lockOut();
    expect(await login()).toBe(429);
    harness.temporal.results = { stackLock: () => 'nobody' };
    const reply = await admin('unlock', { reason: 'called us' });
    expect(reply.json()).toEqual({
      was_locked: true,
      stack_lock: 'nobody',
      message: 'The customer was blocked by a rate limit, which is now cleared. The stack is not locked.',
    });
    expect(await login()).toBe(200);
    expect((await audit()).filter(({ action }) => action.endsWith('unlock') || action === 'unlocked')).toMatchObject([
      {
        actor: 'staff:token',
        action: 'command.unlock',
        reason: 'called us',
        details: { before: { full: ['login-here'] }, after: { full: [] } },
      },
      { actor: 'system', action: 'unlocked' },
    ]);
  });

  test('leaves other customers and the network they come from alone', async () => {
    const other = await member(harness);
    const guess = (email: string) =>
      harness.app.inject({ method: 'POST', url: '/api/customers/login', payload: { email, password: 'Wrong-pass1' } });
    for (let n = 0; n < 11; n += 1) await guess(other.email);
    await admin('unlock', { reason: 'x' });
    expect((await guess(other.email)).statusCode).toBe(429);
    const origins = harness.database.selectFrom('rateLimits').select('key').where('key', 'like', 'login-origin:%');
    expect(await origins.execute()).not.toEqual([]);
  });

  test('clears the limit on tries of an onboarding too', async () => {
    harness.temporal.answers = [() => ({ willRun: [], nothingToDo: false })];
    const retry = () => harness.app.inject({ method: 'POST', url: '/me/retry-onboarding', headers: own.headers });
    for (let n = 0; n < 6; n += 1) await retry();
    expect((await retry()).statusCode).toBe(429);
    expect((await admin('unlock', { reason: 'x' })).json()).toMatchObject({ was_locked: true });
    expect((await retry()).statusCode).toBe(200);
  });

  test.each([
    ['dead', /left behind/],
    ['alive', /live process/],
    ['elsewhere', /another host/],
  ] as const)('says of a lock of the stack that its holder is %s', async (holder, said) => {
    harness.temporal.results = { stackLock: () => holder };
    const reply = (await admin('unlock', { reason: 'x' })).json<{ stack_lock: string; message: string }>();
    expect(reply).toMatchObject({ stack_lock: holder, was_locked: false });
    expect(reply.message).toMatch(said);
  });

  test('does not look for the lock of a customer who has no stack', async () => {
    const customers = harness.database.updateTable('customers').where('customerId', '=', own.customerId);
    const { terms } = await harness.database
      .selectFrom('customers')
      .select('terms')
      .where('customerId', '=', own.customerId)
      .executeTakeFirstOrThrow();
    await customers.set({ terms: JSON.stringify({ ...Object(terms), steps: [] }) }).execute();
    harness.temporal.results = { stackLock: () => 'nobody' };
    const reply = await admin('unlock', { reason: 'x' });
    await customers.set({ terms: JSON.stringify(terms) }).execute();
    expect(reply.json()).toMatchObject({
      stack_lock: null,
      message: 'No rate limit was blocking the customer. This customer has no stack.',
    });
  });

  test('with no worker there, or no Temporal, the sign-in is unlocked all the same', async () => {
    await lockOut();
    harness.temporal.down = true;
    const reply = await admin('unlock', { reason: 'x' });
    harness.temporal.down = false;
    expect(reply.json()).toMatchObject({ was_locked: true, stack_lock: null });
    expect(await login()).toBe(200);
  });
});

describe('refund', () => {
  const made = (order: unknown) => {
    const { invoiceId, amount = 9_900 } = order as RefundRequest;
    return { refundId: 're_1', invoiceId, amount, currency: 'usd', refundedInAll: amount, paid: 9_900 };
  };
  const failing = (failure: Error) => () => {
    const cause = new ActivityFailure('failed', 'refundInvoice', '1', RetryState.NON_RETRYABLE_FAILURE, 'w', failure);
    throw new WorkflowFailedError('failed', cause, RetryState.NON_RETRYABLE_FAILURE);
  };

  test('is audited first, with before and after, and ordered by ids alone', async () => {
    const invoiceId = await invoice();
    harness.temporal.results = { refund: made };
    const reply = await admin(
      'refund',
      { amount: 4_000, reason: 'half of it was an outage' },
      { 'idempotency-key': 'k' },
    );
    expect(reply.json()).toEqual({
      ...{ refund_id: 're_1', invoice: invoiceId, amount: 4_000, currency: 'usd', refunded_in_all: 4_000, paid: 9_900 },
    });
    const said = (await audit()).at(-1);
    expect(said).toMatchObject({
      actor: 'staff:token',
      action: 'command.refund',
      reason: 'half of it was an outage',
      details: { invoiceId, before: { refunded: 0 }, after: { refunded: 4_000 } },
    });
    const key = `${own.customerId}:refund:k:v1`;
    expect([...harness.temporal.started.keys()]).toEqual([`refund/${own.customerId}/k`]);
    expect([...harness.temporal.started.values()]).toMatchObject([
      {
        name: 'refund',
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        args: [
          { customerId: own.customerId, invoiceId, amount: 4_000, key, actor: 'staff:token', auditId: said?.auditId },
        ],
      },
    ]);
    expect(JSON.stringify([...harness.temporal.started])).not.toContain('outage');
  });

  test('ordered again under the same key it is the same refund', async () => {
    await invoice();
    harness.temporal.results = { refund: made };
    const replies = [1, 2].map(() => admin('refund', { reason: 'x' }, { 'idempotency-key': 'click' }));
    const [one, two] = await Promise.all(replies);
    expect(one?.json()).toEqual(two?.json());
    expect(harness.temporal.started.size).toBe(1);
  });

  test('without a paid invoice there is nothing to refund, and nothing is started', async () => {
    const reply = await admin('refund', { reason: 'x' });
    expect(reply.statusCode).toBe(409);
    expect(reply.json()).toMatchObject({
      message: 'This customer has no paid invoice; there is nothing to refund.',
    });
    const other = await member(harness);
    await invoice('in_mine');
    await harness.database
      .updateTable('invoices')
      .set({ customerId: other.customerId })
      .where('stripeInvoiceId', '=', 'in_mine')
      .execute();
    expect((await admin('refund', { invoice: 'in_mine', reason: 'x' })).json()).toMatchObject({
      message: 'This customer has no paid invoice in_mine.',
    });
    expect([...harness.temporal.started.keys()].filter((id) => id.startsWith('refund/'))).toEqual([]);
  });

  test('a refusal is told in its own words; a failure is a 502; no outcome in time is a 202', async () => {
    await invoice();
    const sentence = 'Only 10.00 USD of the invoice in_1 is left to refund, not 99.00 USD.';
    harness.temporal.results = { refund: failing(ApplicationFailure.nonRetryable(sentence, 'CommandRefused')) };
    expect((await admin('refund', { reason: 'x' })).json()).toMatchObject({
      code: 'command_refused',
      message: sentence,
    });
    harness.temporal.results = {
      refund: failing(ApplicationFailure.create({ message: 'ada@', type: 'StripeUnavailable' })),
    };
    const failed = await admin('refund', { reason: 'x' });
    expect(failed.statusCode).toBe(502);
    expect(failed.body).not.toContain('ada@');
    harness.temporal.results = {
      refund: () => {
        throw new WorkflowUpdateRPCTimeoutOrCancelledError('deadline');
      },
    };
    const unknown = await admin('refund', { reason: 'x' }, { 'idempotency-key': 'k-7' });
    expect(unknown.statusCode).toBe(202);
    expect(unknown.json()).toMatchObject({ accepted: true, command_id: 'k-7' });
  });

  test.each([{ amount: 0 }, { amount: -5 }, { amount: 1.5 }, { amount: '5' }, { invoice: 'x' }, { reason: '' }])(
    '%j is not valid',
    async (change) => {
      await invoice();
      expect((await admin('refund', { reason: 'x', ...change })).statusCode).toBe(400);
      expect(harness.temporal.started.size).toBe(0);
    },
  );

  test('a double click in the console is one refund: the form carries its key', async () => {
    await invoice();
    harness.temporal.results = { refund: made };
    const browser = await staffBrowser();
    const { body } = await browser.get(`/console/customers/${own.customerId}`);
    const key = /name="key"\s+value="([^"]+)"/.exec(body)?.[1] ?? '';
    const form = { key, amount: '', invoice: '', reason: 'x' };
    for (let n = 0; n < 2; n += 1)
      expect((await browser.post(`/console/customers/${own.customerId}/refund`, form)).statusCode).toBe(303);
    expect([...harness.temporal.started.keys()]).toEqual([`refund/${own.customerId}/${key}`]);
    // Nobody knows whether it was accepted: the form that is shown again sends the same command.
    harness.temporal.down = true;
    const meantAsMoney = await browser.post(`/console/customers/${own.customerId}/refund`, {
      ...form,
      amount: '1.00',
      key: 'b',
    });
    expect(meantAsMoney.statusCode).toBe(422);
    const unknown = await browser.post(`/console/customers/${own.customerId}/refund`, { ...form, key: 'again' });
    harness.temporal.down = false;
    expect(unknown.statusCode).toBe(504);
    expect(unknown.body).toMatch(/name="key"\s+value="again"/);
  });

  test('the amounts of an invoice show what was paid back', async () => {
    const id = await invoice();
    await harness.database
      .updateTable('invoices')
      .set({ amountRefunded: 2_500 })
      .where('stripeInvoiceId', '=', id)
      .execute();
    const detail = await harness.app.inject({ url: `/api/admin/customers/${own.customerId}`, headers: staff });
    expect(detail.json()).toMatchObject({ invoices: [{ amount_paid: 9_900, amount_refunded: 2_500 }] });
    const account = await harness.app.inject({ url: '/account', headers: own.headers });
    expect(account.body).toContain('paid, $25 refunded');
  });
});

test.each(['erase', 'unlock', 'refund'])('support may not %s: refused, and audited', async (command) => {
  await invoice();
  const before = (await audit()).length;
  const reply = await admin(command, { reason: 'x' }, supporter);
  expect(reply.statusCode).toBe(403);
  expect((await audit()).slice(before)).toMatchObject([
    { action: 'access.refused', actor: 'staff:support-token', details: { role: 'support' } },
  ]);
  expect(harness.temporal.started.size + harness.temporal.updates.length).toBe(0);
});

const change = (change: object) =>
  harness.database.updateTable('customers').set(change).where('customerId', '=', own.customerId).execute();

describe('a customer who has left', () => {
  test('can be erased from the console as long as there is a person to forget', async () => {
    const browser = await staffBrowser();
    const offered = async () =>
      (await browser.get(`/console/customers/${own.customerId}`)).body.includes('Delete this customer and all');
    await change({ phase: 'ended', standing: 'ended' });
    expect(await offered()).toBe(true);
    harness.temporal.answers = [
      () => {
        throw new WorkflowNotFoundError('none', '', undefined);
      },
    ];
    const path = `/console/customers/${own.customerId}/erase`;
    const ordered = await browser.post(path, { reason: 'asked for it', confirm: own.customerId });
    expect(ordered.headers['location']).toBe(`/console/customers/${own.customerId}?done=erase`);
    expect([...harness.temporal.started.values()]).toMatchObject([{ name: 'erasure' }]);
    await change({ email: null, companyName: null });
    expect(await offered()).toBe(false);
  });
});

describe('mending what ends somebody', () => {
  const orphan = 'cust_11111111-2222-4333-8444-555555555555';
  beforeEach(async () => {
    const seen = { firstSeen: new Date(Date.now() - 61_000), lastSeen: new Date() };
    const row = { kind: 'subscription_without_customer', details: 'sub_1 in Stripe; no row in Postgres.', ...seen };
    await harness.database
      .insertInto('differences')
      .values({ ...row, customerId: orphan })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    harness.temporal.results['reconciliation'] = () => ({
      outcomes: [{ kind: 'subscription_without_customer', mended: true, what: 'Cancelled in Stripe: sub_1.' }],
    });
  });
  const orders = () => [...harness.temporal.started.values()] as { args: { end: boolean }[] }[];
  const path = `/console/differences/${orphan}/mend`;

  test('is offered to operators for a customer who is unknown here, and says so', async () => {
    const browser = await staffBrowser();
    expect((await browser.get('/console/differences')).body).toContain(`action="${path}"`);
    const ended = await browser.post(path, { reason: 'no newer Postgres', end: 'yes', confirm: orphan });
    expect(ended.body.replace(/\s+/g, ' ')).toContain('subscription without customer: Cancelled in Stripe: sub_1.');
    expect(orders()).toMatchObject([{ args: [{ customerId: orphan, end: true }] }]);
  });

  test('needs the box and the id once more; without the box nobody is ended', async () => {
    const browser = await staffBrowser();
    await browser.get('/console/differences');
    const unsure = await browser.post(path, { reason: 'x', end: 'yes', confirm: own.customerId });
    expect([unsure.statusCode, orders()]).toEqual([422, []]);
    await browser.post(path, { reason: 'x', confirm: '' });
    expect(orders()).toMatchObject([{ args: [{ end: false }] }]);
  });

  test.each(['instance_down', 'mail_in_doubt'])('is not offered for what only a person can mend: %s', async (kind) => {
    await harness.database.updateTable('differences').set({ kind }).execute();
    const browser = await staffBrowser();
    const { body } = await browser.get('/console/differences');
    expect(body).toContain(kind.replaceAll('_', ' '));
    expect(body).not.toContain('/mend"');
    await harness.database.deleteFrom('differences').execute();
  });

  test('is no business of support', async () => {
    const browser = new Browser(harness.app);
    await browser.get('/console/login');
    await browser.post('/console/login', { name: 'Sue', token: SUPPORT_TOKEN });
    expect((await browser.get('/console/differences')).body).not.toContain('/mend"');
    expect((await browser.post(path, { reason: 'x', end: 'yes', confirm: orphan })).statusCode).toBe(403);
    expect(orders()).toEqual([]);
  });
});

describe('dismissing an alert', () => {
  const raise = async (kind: string): Promise<string> => {
    const { alertId } = await harness.database
      .insertInto('alerts')
      .values({ customerId: own.customerId, kind, step: kind, summary: 'It failed.', suggestedFix: 'Look.' })
      .returning('alertId')
      .executeTakeFirstOrThrow();
    return alertId;
  };
  const open = async () =>
    (
      await harness.database
        .selectFrom('alerts')
        .select('kind')
        .where('customerId', '=', own.customerId)
        .where('resolvedAt', 'is', null)
        .execute()
    ).map(({ kind }) => kind);

  test('ends that one alone, with the reason audited once, and the customer needs nobody for it', async () => {
    await change({ phase: 'trial', attention: 'mail: 1,mail: 2' });
    const [first] = [await raise('mail: 1'), await raise('mail: 2')];
    const browser = await staffBrowser();
    expect((await browser.get(`/console/customers/${own.customerId}`)).body).toContain('mail: 1 (It failed.)');
    const form = { alert_id: first, reason: 'We called them.' };
    const reply = await browser.post(`/console/customers/${own.customerId}/dismiss-alert`, form);
    expect(reply.headers['location']).toContain('done=dismiss-alert');
    expect((await admin('dismiss-alert', form)).statusCode).toBe(200);
    expect(await open()).toEqual(['mail: 2']);
    const dismissed = (await audit()).filter(({ action }) => action === 'command.dismissAlert');
    expect(dismissed).toMatchObject([{ reason: 'We called them.', details: { alert: 'mail: 1' } }]);
    const { attention } = await harness.database
      .selectFrom('customers')
      .select('attention')
      .where('customerId', '=', own.customerId)
      .executeTakeFirstOrThrow();
    expect(attention).toBe('mail: 2');
  });

  test.each([
    ['of an onboarding that waits for a replay', 'onboarding', 'onboarding:stack', 'waits for a replay'],
    ['of a workflow that does not run', 'trial', 'workflow', 'not running'],
  ])('one %s would be untrue: refused', async (_name, phase, kind, why) => {
    await change({ phase });
    const reply = await admin('dismiss-alert', { alert_id: await raise(kind), reason: 'x' });
    expect([reply.statusCode, reply.json<{ message: string }>().message]).toEqual([
      409,
      expect.stringContaining(why) as string,
    ]);
    expect(await open()).toEqual([kind]);
    const browser = await staffBrowser();
    expect((await browser.get(`/console/customers/${own.customerId}`)).body).not.toContain('Dismiss an alert');
  });

  test("another customer's is none of theirs", async () => {
    const alertId = await raise('mail: 1');
    own = await member(harness);
    expect((await admin('dismiss-alert', { alert_id: alertId, reason: 'x' })).statusCode).toBe(404);
  });
});

describe('resending a mail', () => {
  const mail = async (state: string, template = 'ready'): Promise<string> => {
    const { emailId } = await harness.database
      .insertInto('emails')
      .values({ customerId: own.customerId, template, claimKey: `${own.customerId}:${state}:${template}`, state })
      .returning('emailId')
      .executeTakeFirstOrThrow();
    return emailId;
  };
  const stateOf = async (emailId: string) =>
    (
      await harness.database
        .selectFrom('emails')
        .select('state')
        .where('emailId', '=', emailId)
        .executeTakeFirstOrThrow()
    ).state;
  const sending = () => [...harness.temporal.started.keys()];

  test('one that was not sent is owed again, once however often it is ordered', async () => {
    const emailId = await mail('failed');
    const order = () => admin('resend-mail', { email_id: emailId, reason: 'x' }, { 'idempotency-key': 'again' });
    expect((await order()).statusCode).toBe(200);
    expect(sending()).toEqual([`mail/${own.customerId}/${emailId}`]);
    expect((await order()).statusCode).toBe(200);
    const again = (await audit()).filter(({ action }) => action === 'command.resendMail');
    expect(again).toMatchObject([{ details: { emailId, before: 'failed' } }]);
  });

  test('one that may have been sent only when it is said that it may come twice', async () => {
    const emailId = await mail('unknown');
    const browser = await staffBrowser();
    const page = (await browser.get(`/console/customers/${own.customerId}`)).body;
    expect(page).toContain('ready, may have been sent');
    const path = `/console/customers/${own.customerId}/resend-mail`;
    const refused = await browser.post(path, { email_id: emailId, reason: 'x' });
    expect(refused.statusCode).toBe(409);
    expect(refused.body).toContain('the customer may get it twice');
    expect([await stateOf(emailId), sending()]).toEqual(['unknown', []]);
    const reply = await browser.post(path, { email_id: emailId, reason: 'x', twice: 'yes' });
    expect(reply.headers['location']).toContain('done=resend-mail');
    expect([await stateOf(emailId), sending()]).toEqual(['failed', [`mail/${own.customerId}/${emailId}`]]);
  });

  test.each([
    ['failed', 'onboarding', 409],
    ['unknown', 'onboarding', 409],
    ['unknown', 'subscription', 409],
    ['unknown', 'ended', 200],
  ])(
    'one that is %s and a step that failed, in %s: %s, for the step is to be replayed',
    async (state, phase, status) => {
      const { customerId } = own;
      const failed = { customerId, step: 'readyMail', epoch: 1, generation: 1, state: 'failed' };
      await harness.database.insertInto('onboardingSteps').values(failed).execute();
      await harness.database.updateTable('customers').set({ phase }).where('customerId', '=', customerId).execute();
      const resend = async (template: string) =>
        admin('resend-mail', { email_id: await mail(state, template), may_come_twice: true, reason: 'x' });
      const reply = await resend('ready');
      expect(reply.statusCode).toBe(status);
      if (status === 409) expect(reply.body).toContain(`tenure replay ${customerId} --from readyMail`);
      expect((await resend('trialReminder')).statusCode).toBe(200);
    },
  );

  test.each(['sent', 'overtaken', 'claimed'])('one that is %s is not sent again, whatever is said', async (state) => {
    const emailId = await mail(state);
    const reply = await admin('resend-mail', { email_id: emailId, may_come_twice: true, reason: 'x' });
    expect([reply.statusCode, await stateOf(emailId), sending()]).toEqual([409, state, []]);
    const browser = await staffBrowser();
    expect((await browser.get(`/console/customers/${own.customerId}`)).body).not.toContain('Resend a mail');
  });
});
