import { SUPPORT_TOKEN, createApiHarness, member, staff, type ApiHarness } from './harness.ts';

let harness: ApiHarness;
let origin: string;
beforeAll(async () => {
  harness = await createApiHarness();
  origin = await harness.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => harness.stop());

const headers = { authorization: `Bearer ${SUPPORT_TOKEN}` };

/** A customer whose failed step was replayed by somebody. */
async function replayed(): Promise<string> {
  const { customerId } = await member(harness, { company_name: 'Watched Ltd' });
  const { auditId } = await harness.database
    .insertInto('auditEvents')
    .values({ customerId, actor: 'staff:7f3a', action: 'command.resumeOnboarding', reason: 'Quota <raised>' })
    .returning('auditId')
    .executeTakeFirstOrThrow();
  const startedAt = new Date('2026-11-21T10:00:00Z');
  const step = { customerId, step: 'stack', startedAt, endedAt: startedAt };
  await harness.database
    .insertInto('onboardingSteps')
    .values([
      { ...step, epoch: 1, state: 'failed', attempts: 2, errorType: 'QuotaExceeded', errorMessage: 'No room.' },
      {
        ...step,
        ...{ epoch: 2, state: 'done', attempts: 1, replayedBy: auditId, inputHash: 'abc' },
        output: JSON.stringify({ namespace: 'customer-1', version: 3 }),
      },
    ])
    .execute();
  const attempt = { customerId, step: 'stack', epoch: 1, direction: 'run', scheduledAt: startedAt, startedAt };
  await harness.database
    .insertInto('onboardingStepAttempts')
    .values([
      { ...attempt, attempt: 1, state: 'lost', endedAt: startedAt },
      { ...attempt, attempt: 2, state: 'failed', errorType: 'QuotaExceeded', endedAt: startedAt },
    ])
    .execute();
  return customerId;
}

test('who replayed a step and why, every attempt, and what it made: in the reply, on the page, in the timeline', async () => {
  const customerId = await replayed();
  const url = `/api/admin/customers/${customerId}`;
  const { steps } = (await harness.app.inject({ url, headers: staff })).json<{ steps: object[] }>();
  expect(steps).toMatchObject([
    {
      ...{ step: 'stack', epoch: 2, output: { namespace: 'customer-1', version: 3 }, input_hash: 'abc' },
      ...{ replayed_by: { actor: 'staff:7f3a', reason: 'Quota <raised>' }, attempt_log: [] },
    },
    {
      ...{ step: 'stack', epoch: 1, replayed_by: null, output: null },
      attempt_log: [
        { direction: 'run', attempt: 1, state: 'lost', error_type: null },
        { direction: 'run', attempt: 2, state: 'failed', error_type: 'QuotaExceeded' },
      ],
    },
  ]);
  const page = await harness.app.inject({ url: `/console/customers/${customerId}`, headers });
  for (const text of ['staff:7f3a: Quota &#60;raised&#62;', 'customer-1', '1 lost', '2 failed: QuotaExceeded'])
    expect(page.body).toContain(text);
  const timeline = await harness.app.inject({ url: `${url}/timeline`, headers: staff });
  expect(timeline.body).toContain('"what":"stack done (try 2)","who":"staff:7f3a","why":"replayed: Quota <raised>"');
});

/** Messages of the stream, one after another. */
async function* messages(path: string, signal: AbortSignal) {
  const reply = await fetch(`${origin}${path}`, { headers: { ...headers, accept: 'text/event-stream' }, signal });
  expect(reply.status).toBe(200);
  let buffer = '';
  for await (const chunk of (reply.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    buffer += chunk;
    for (let end = buffer.indexOf('\n\n'); end >= 0; end = buffer.indexOf('\n\n')) {
      const message = buffer.slice(0, end);
      buffer = buffer.slice(end + 2);
      if (message.includes('data:')) yield message;
    }
  }
}

test("a customer's page is live: it is sent again when something changes, all but the forms", async () => {
  const customerId = await replayed();
  const page = await harness.app.inject({ url: `/console/customers/${customerId}`, headers });
  const [, written = ''] = /hx-sse:connect="([^"]+)"/.exec(page.body) ?? [];
  const address = written.replace('&#61;', '=');
  expect(page.body).toContain('/assets/hx-sse.min.js');
  const stop = new AbortController();
  const stream = messages(address, stop.signal);
  const first = (await stream.next()).value ?? '';
  expect(first).toContain('hx-target="#why"');
  expect(first).toContain('hx-target="#now"');
  // This is how htmx finds the end of a part; one with a space in it would swallow the parts that follow.
  expect(first.match(/<\/hx-[a-z]+>/gi)).toHaveLength(3);
  expect(first).not.toContain('<form');
  expect(first).not.toContain('The available actions have changed');
  const change = { phase: 'onboarding', attention: 'stack', standing: 'failed', updatedAt: new Date() };
  await harness.database.updateTable('customers').set(change).where('customerId', '=', customerId).execute();
  const parked = (await stream.next()).value;
  expect(parked).toContain('onboarding failed at stack');
  expect(parked).not.toContain('The available actions have changed');
  const healed = { phase: 'trial', attention: null, standing: 'active', updatedAt: new Date(Date.now() + 1) };
  await harness.database.updateTable('customers').set(healed).where('customerId', '=', customerId).execute();
  expect((await stream.next()).value).toContain('The available actions have changed');
  stop.abort();
  await expect(stream.next()).rejects.toThrow();
});

test('a visitor who may not see a page may not follow its changes', async () => {
  const { customerId, headers: own } = await member(harness);
  const listen = async (given: Record<string, string>) =>
    (
      await fetch(`${origin}/console/customers/${customerId}/events`, {
        headers: { ...given, accept: 'text/event-stream' },
        redirect: 'manual',
      })
    ).status;
  expect(await listen({ ...own })).not.toBe(200);
  expect(await listen({})).not.toBe(200);
  const nobody = 'cust_00000000-0000-4000-8000-000000000000';
  const reply = await fetch(`${origin}/console/customers/${nobody}/events`, {
    headers: { ...headers, accept: 'text/event-stream' },
  });
  expect(reply.status).toBe(404);
});

test('without scripts the page of a running onboarding loads itself again; under a form somebody may type in it does not', async () => {
  const { customerId } = await member(harness);
  const page = async () => (await harness.app.inject({ url: `/console/customers/${customerId}`, headers })).body;
  expect(await page()).toContain('http-equiv="refresh"');
  const parked = { attention: 'stack', standing: 'failed' };
  await harness.database.updateTable('customers').set(parked).where('customerId', '=', customerId).execute();
  expect(await page()).not.toContain('http-equiv="refresh"');
});

test('the list keeps its filter in the address, so that it survives a reload', async () => {
  await replayed();
  const list = await harness.app.inject({ url: '/console?phase=onboarding&q=Watched&attention=', headers });
  expect(list.body).toContain('hx-replace-url="true"');
  expect(list.body).toContain('value="Watched"');
  expect(list.body).toMatch(/<option value="onboarding"\s+selected/);
  expect(list.body).toContain('<form');
});

test('styles and scripts are asked for each time and not sent again, so that an upgrade shows at once', async () => {
  const url = '/assets/tenure.css';
  const { headers: first } = await harness.app.inject({ url });
  expect(first['cache-control']).toBe('public, max-age=0');
  const again = await harness.app.inject({ url, headers: { 'if-none-match': first['etag'] } });
  expect([again.statusCode, again.body]).toEqual([304, '']);
});
