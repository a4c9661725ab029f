import { STAFF_TOKEN, SUPPORT_TOKEN, createApiHarness, member, staff, type ApiHarness } from './harness.ts';

let harness: ApiHarness;
beforeAll(async () => {
  harness = await createApiHarness();
});
afterAll(() => harness.stop());
beforeEach(async () => {
  harness.temporal.queries = {};
  harness.temporal.updates.length = 0;
  await harness.database
    .updateTable('customers')
    .set({ attention: null, standing: 'active', phase: 'trial' })
    .execute();
});

/** A browser (forms only) that is signed in to the console. */
async function console_(token = STAFF_TOKEN) {
  const jar = new Map<string, string>();
  let csrf = '';
  const ask = async (method: 'GET' | 'POST', url: string, payload = '', headers: object = {}) => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const type = method === 'POST' ? { 'content-type': 'application/x-www-form-urlencoded' } : {};
    const reply = await harness.app.inject({ method, url, payload, headers: { cookie, ...type, ...headers } });
    for (const line of [reply.headers['set-cookie'] ?? []].flat()) {
      const [pair = ''] = line.split(';');
      jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    csrf = /name="_csrf" value="([^"]+)"/.exec(reply.body)?.[1] ?? csrf;
    return reply;
  };
  const get = (url: string, headers: object = {}) => ask('GET', url, '', headers);
  const post = (url: string, fields: readonly (readonly [string, string])[]) =>
    ask(
      'POST',
      url,
      new URLSearchParams([
        ...fields.map(([name, value]): [string, string] => [name, value]),
        ['_csrf', csrf],
      ]).toString(),
    );
  await get('/console/login');
  await post('/console/login', [
    ['name', 'Ann'],
    ['token', token],
  ]);
  return { get, post };
}

async function parked(company_name: string): Promise<string> {
  const { customerId } = await member(harness, { company_name });
  const change = { phase: 'onboarding', attention: 'stack', standing: 'failed' };
  await harness.database.updateTable('customers').set(change).where('customerId', '=', customerId).execute();
  const failed = { customerId, step: 'stack', epoch: 1, state: 'failed', attempts: 1, errorType: 'InvalidSpec' };
  await harness.database.insertInto('onboardingSteps').values(failed).execute();
  return customerId;
}
const itemsOf = async (location: unknown): Promise<string[]> => {
  const rows = await harness.database
    .selectFrom('replayBatchItems')
    .select('customerId')
    .where('batchId', '=', String(location).split('/').at(-1) ?? '')
    .execute();
  return rows.map(({ customerId }) => customerId).sort();
};
const start = [
  ['reason', 'mended'],
  ['concurrency', '3'],
] as const;

describe('choosing from the list', () => {
  test('the selected ones', async () => {
    const [a, b] = [await parked('One'), await parked('Two')];
    await parked('Three');
    const { get, post } = await console_();
    const { body } = await get('/console?attention=any');
    expect(body.match(/name="customer"/g)).toHaveLength(3);
    const one = await post('/console/batches', [['customer', a], ...start]);
    expect(await itemsOf(one.headers['location'])).toEqual([a]);
    const both = await post('/console/batches', [['customer', a], ['customer', b], ...start]);
    expect(await itemsOf(both.headers['location'])).toEqual([a, b].sort());
  });

  test('all that fit the filter, selected or not', async () => {
    const [a, b] = [await parked('Needle 1'), await parked('Needle 2')];
    await parked('Hay');
    const { get, post } = await console_();
    await get('/console?q=needle');
    const reply = await post('/console/batches', [['all', 'yes'], ['q', 'needle'], ...start]);
    expect(await itemsOf(reply.headers['location'])).toEqual([a, b].sort());
  });

  test('nobody in need: no boxes', async () => {
    await member(harness);
    const { get } = await console_();
    expect((await get('/console')).body).not.toContain('type="checkbox"');
  });

  test.each([
    ['nobody', [['reason', 'x']], 'Select the customers'],
    [
      'no reason',
      [
        ['all', 'yes'],
        ['reason', ' '],
      ],
      'Say why',
    ],
    [
      'too many at once',
      [
        ['all', 'yes'],
        ['reason', 'x'],
        ['concurrency', '99'],
      ],
      'from 1 to 50',
    ],
  ] as const)('%s: the list again, with what is missing, and no batch', async (_name, fields, sentence) => {
    await parked('Somebody');
    const before = await harness.count('replayBatches');
    const { get, post } = await console_();
    await get('/console');
    const reply = await post('/console/batches', fields);
    expect(reply.statusCode).toBe(422);
    expect(reply.body).toContain(sentence);
    expect(reply.body).toContain('Somebody');
    expect(await harness.count('replayBatches')).toBe(before);
  });
});

test('the page of a batch: counts, a result per customer, orders, and a part that htmx asks for until the end', async () => {
  const customerId = await parked('Watched');
  const { get, post } = await console_();
  await get('/console');
  const path = String((await post('/console/batches', [['customer', customerId], ...start])).headers['location']);
  const page = await get(path);
  for (const text of ['Replay of 1 customers', 'mended', '1 pending', customerId, '>Watched<', 'Pause', 'every 1s'])
    expect(page.body).toContain(text);
  expect((await post(`${path}/pause`, [])).headers['location']).toBe(`${path}?done=pause`);
  expect((await get(path)).body).toContain('Resume');
  const batchId = path.split('/').at(-1) ?? '';
  const result = { state: 'failed', errorType: 'InvalidSpec', note: '=1+1 "again"' };
  await harness.database.updateTable('replayBatchItems').set(result).where('batchId', '=', batchId).execute();
  const over = { state: 'done', endedAt: new Date() };
  await harness.database.updateTable('replayBatches').set(over).where('batchId', '=', batchId).execute();
  const part = await get(path, { 'hx-request': 'true' });
  expect(part.body).not.toContain('<html');
  expect(part.body).not.toContain('hx-get');
  for (const text of ['1 failed', 'InvalidSpec', 'results.csv']) expect(part.body).toContain(text);
  const csv = await get(`/api/admin/replay-batches/${batchId}/results.csv`);
  expect(csv.headers['content-disposition']).toContain('attachment');
  expect(csv.body.split('\r\n')[1]).toContain(`"${customerId}","Watched","failed","InvalidSpec","'=1+1 ""again""",`);
});

test('the bound of failures is chosen in the form, and a page lists the batches there were', async () => {
  const customerId = await parked('Bounded');
  const { get, post } = await console_(SUPPORT_TOKEN);
  expect((await get('/console')).body).toContain('name="failures"');
  const begin = (failures: string) =>
    post('/console/batches', [['customer', customerId], ...start, ['failures', failures]]);
  for (const wrong of ['101', '-1', 'many', ' ']) {
    const reply = await begin(wrong);
    expect(reply.statusCode).toBe(422);
    expect(reply.body).toContain('from 0 to 100');
  }
  const path = String((await begin('20')).headers['location']);
  expect((await get(path)).body).toContain('more than 20 % fail');
  const list = await get('/console/batches');
  for (const text of [`href="${path}"`, 'mended', '1 pending', 'href="/console/batches"'])
    expect(list.body).toContain(text);
  const { batches } = (await harness.app.inject({ url: '/api/admin/replay-batches', headers: staff })).json<{
    batches: object[];
  }>();
  const batch_id = path.split('/').at(-1);
  expect(batches[0]).toMatchObject({ batch_id, max_failure_rate: 0.2, concurrency: 3, counts: { pending: 1 } });
});

describe('a replay in the console', () => {
  const plan = { willRun: ['stack'], willUndo: [], willSkip: ['welcomeMail'] };

  test('shows first what it would do, keeps what was typed, and only then offers to do it', async () => {
    const customerId = await parked('Careful');
    const path = `/console/customers/${customerId}`;
    harness.temporal.queries = { replayPlan: () => plan };
    const changes = { create: 1, update: 0, delete: 0, same: 2 };
    harness.temporal.results = { stackPreview: () => ({ changes, lines: ['create tenure:instance'] }) };
    const { get, post } = await console_(SUPPORT_TOKEN);
    expect((await get(path)).body).not.toContain('Replay now');
    const shown = await post(`${path}/dry-run`, [
      ['from', 'failed'],
      ['plan', 'professional'],
      ['reason', ''],
    ]);
    expect(shown.statusCode).toBe(200);
    for (const text of [
      'Replay now',
      'welcomeMail',
      'create 1',
      'create tenure:instance',
      'value="professional"  selected',
      'does not touch Stripe',
      '<option value="us-east"',
    ])
      expect(shown.body).toContain(text);
    expect(harness.temporal.updates).toEqual([]);
    harness.temporal.queries = {};
    const away = await post(`${path}/dry-run`, [['from', 'failed']]);
    expect(away.statusCode).toBe(503);
    expect(away.body).toContain('No worker answered');
    expect(away.body).not.toContain('Replay now');
  });

  test('the explanation stands first, then what can be done; one timeline', async () => {
    const customerId = await parked('Explained');
    const { get } = await console_();
    const { body } = await get(`/console/customers/${customerId}`);
    const places = [
      'Why, and what next',
      'Replay without a correction will fail again',
      '<h2>Actions',
      '<h2>Facts',
      'Timeline',
    ].map((text) => body.indexOf(text));
    expect(places).not.toContain(-1);
    expect([...places].sort((a, b) => a - b)).toEqual(places);
  });

  test('support is not offered what only an operator may', async () => {
    const path = `/console/customers/${await parked('Roles')}`;
    const [support, operator] = [await console_(SUPPORT_TOKEN), await console_()];
    const [seen, all] = [(await support.get(path)).body, (await operator.get(path)).body];
    for (const button of ['Cancel this customer', 'Undo everything and end', 'Advance']) {
      expect(all).toContain(button);
      expect(seen).not.toContain(button);
    }
    expect(
      (
        await support.post(`${path}/cancel`, [
          ['when', 'now'],
          ['reason', 'x'],
        ])
      ).statusCode,
    ).toBe(403);
    expect(harness.temporal.updates).toEqual([]);
    const { timeline } = (
      await harness.app.inject({ url: `/api/admin${path.slice(8)}/timeline`, headers: staff })
    ).json<{
      timeline: { what: string }[];
    }>();
    expect(timeline.map(({ what }) => what)).toContain('access.refused');
  });
});
