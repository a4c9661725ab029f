import { ask } from '../../../infra/doctor/answer.ts';
import { isForCustomers, warnOfMissing } from '../../../infra/doctor/at-start.ts';
import type { Finding } from '../../../infra/doctor/finding.ts';
import { mailFindings, type MailFacts } from '../../../infra/doctor/mail.ts';
import {
  apartFinding,
  postgresFindings,
  tenantServerFindings,
  type PostgresFacts,
} from '../../../infra/doctor/postgres.ts';
import { exitCodeOf, reportText } from '../../../infra/doctor/report.ts';
import { settingsFindings, type SettingsFacts } from '../../../infra/doctor/settings.ts';
import { backendFindings, type BackendFacts } from '../../../infra/doctor/stacks.ts';
import { stripeFindings, type StripeFacts } from '../../../infra/doctor/stripe.ts';
import { temporalFindings, type TemporalFacts } from '../../../infra/doctor/temporal.ts';
import { createLogger } from '../../../infra/logger.ts';
import { tenure } from '../../support/default-product.ts';
import { manyPricesFree } from '../../support/many-prices.ts';

/** The findings that are not ok, as `state check: found`. */
const troubles = (findings: readonly Finding[]): string[] =>
  findings.filter(({ state }) => state !== 'ok').map(({ state, check, found }) => `${state} ${check}: ${found}`);
/** Every finding that is not ok says what it means and what to do. */
const isWhole = (findings: readonly Finding[]): boolean =>
  findings.every(
    ({ state, trouble }) => state === 'ok' || ((trouble?.means ?? '') !== '' && (trouble?.remedy ?? '') !== ''),
  );

const told = <T>(value: T) => ({ told: value });
const AWAY = { silent: 'ECONNREFUSED' };

describe('Stripe', () => {
  const expected = {
    ...{
      profile: tenure,
      webhookUrls: ['https://tenure.example/webhooks/stripe', 'https://tenure.example/stripe/webhook'],
      rehearsal: false,
      standIn: undefined,
    },
    ...{ events: ['invoice.paid', 'refund.created'] },
    apiVersion: '2026-10-28.endive',
  };
  const price = (plan: string, cents: number) => ({
    ...{ id: `price_${plan}`, product: `prod_${plan}` },
    ...{ lookupKey: `tenure_${plan}_monthly`, active: true, currency: 'usd', cents, every: 'month' },
  });
  const prices = [price('starter', 9_900), price('professional', 49_900), price('enterprise', 249_900)];
  const endpoint = {
    id: 'we_1',
    ...{ url: 'https://tenure.example/webhooks/stripe', enabled: true, apiVersion: '2026-10-28.endive' },
    events: ['invoice.paid', 'refund.created', 'charge.refunded'],
  };
  const good: StripeFacts = {
    ...{ key: told(true), charges: told(true), prices: told(prices), coupons: told([]), undelivered: told(0) },
    endpoints: told([endpoint, { ...endpoint, url: 'https://another.example/webhooks/stripe' }]),
  };
  const first = (change: Partial<(typeof prices)[number]>) =>
    told(prices.map((each, index) => (index === 0 ? { ...each, ...change } : each)));

  test('every price of a plan is looked at; what costs nothing needs none', () => {
    const many = { ...expected, profile: manyPricesFree };
    expect(troubles(stripeFindings({ ...good, prices: told([]) }, many))).toHaveLength(8 + 2);
    const yearly = {
      ...{ id: 'price_1', product: 'prod_1' },
      ...{ lookupKey: 'many-prices-free_basic_annual_jpy', active: true, currency: 'jpy', cents: 4_480 },
      every: 'month',
    };
    expect(troubles(stripeFindings({ ...good, prices: told([yearly]) }, many))).toContain(
      'missing price of Basic (annual, JPY): many-prices-free_basic_annual_jpy is paid every month and is 4480 JPY, where the catalogue says 44800 JPY a year',
    );
  });

  test('that has everything lacks nothing', () => {
    expect(troubles(stripeFindings(good, expected))).toEqual([]);
    const other = { ...endpoint, url: 'https://tenure.example/stripe/webhook/', events: ['*'] };
    expect(troubles(stripeFindings({ ...good, endpoints: told([other]) }, expected))).toEqual([]);
  });

  test.each<[string, Partial<StripeFacts>, Partial<typeof expected>, readonly RegExp[]]>([
    ['a wrong key', { key: { refused: 'Stripe does not take the key' } }, {}, [/^missing secret key: Stripe does not/]],
    ['a key of test mode', { key: told(false) }, {}, [/^missing secret key: .*test mode/]],
    ['an account that may not charge', { charges: told(false) }, {}, [/^missing account: may not/]],
    [
      'no price',
      { prices: told(prices.slice(1)) },
      {},
      [/^missing price of Starter: no price .* tenure_starter_monthly$/],
    ],
    [
      'a price of another amount, and the right one under the longer key',
      {
        prices: told(
          [...prices, { ...price('starter', 9_900), lookupKey: 'tenure_starter_monthly_usd_9900' }].map(
            (each, index) => (index === 0 ? { ...each, cents: 1 } : each),
          ),
        ),
      },
      {},
      [],
    ],
    ['an archived price', { prices: first({ active: false }) }, {}, [/^missing price of Starter: .* is archived$/]],
    ['a price paid once', { prices: first({ every: undefined as unknown as string }) }, {}, [/is paid once$/]],
    ['a yearly price', { prices: first({ every: 'year' }) }, {}, [/is paid every year$/]],
    [
      'another amount',
      { prices: first({ cents: 9_800 }) },
      {},
      [/is 98.00 USD, where the catalogue says 99.00 USD a month$/],
    ],
    ['another currency', { prices: first({ currency: 'eur' }) }, {}, [/is 99.00 EUR, where/]],
    [
      'no endpoint',
      { endpoints: told([]) },
      {},
      [/^missing webhook endpoint: none sends to https:..tenure.example.webhooks/],
    ],
    ['a disabled endpoint', { endpoints: told([{ ...endpoint, enabled: false }]) }, {}, [/is disabled$/]],
    ['two endpoints', { endpoints: told([endpoint, endpoint]) }, {}, [/^missing webhook endpoint: 2 send/]],
    [
      'an event less',
      { endpoints: told([{ ...endpoint, events: ['invoice.paid'] }]) },
      {},
      [/not sent: refund.created$/],
    ],
    [
      'another version',
      { endpoints: told([{ ...endpoint, apiVersion: '2025-01-27.acacia' }]) },
      {},
      [/^missing webhook version: 2025/],
    ],
    [
      "the account's version",
      { endpoints: told([{ ...endpoint, apiVersion: null }]) },
      {},
      [/^missing webhook version: the one of the account/],
    ],
    [
      'events that are not taken',
      { undelivered: told(3), endpoints: told([endpoint]) },
      {},
      [/^missing webhook deliveries: 3 events of the last hour were not accepted$/],
    ],
    [
      'events that one of its endpoints does not take',
      { undelivered: told(3) },
      {},
      [/^cannot tell webhook deliveries: .* by one of 2 endpoints$/],
    ],
    ['an emulator', {}, { standIn: 'http://127.0.0.1:1' as unknown as undefined }, [/^missing STRIPE_API_BASE/]],
    [
      'nobody',
      { key: AWAY, charges: AWAY, prices: AWAY, endpoints: AWAY },
      {},
      [/^cannot tell secret key: no answer \(ECONNREFUSED\)$/],
    ],
    [
      'a restricted key',
      { prices: { refused: 'the key may not read it' }, endpoints: { refused: 'the key may not read it' } },
      {},
      [/^cannot tell prices: the key may not/, /^cannot tell webhook endpoint/],
    ],
  ])('with %s is named so', (_what, facts, purpose, named) => {
    const findings = stripeFindings({ ...good, ...facts }, { ...expected, ...purpose });
    expect(troubles(findings)).toEqual(named.map((pattern) => expect.stringMatching(pattern) as string));
    expect(isWhole(findings)).toBe(true);
  });

  test('in a rehearsal a test key, a stand-in and prices still to be made are no mistake', () => {
    const rehearsal = { ...expected, rehearsal: true, standIn: 'http://127.0.0.1:1' };
    expect(troubles(stripeFindings({ ...good, key: told(false), prices: told([]) }, rehearsal))).toEqual([]);
    // With a live key they are not created by a signup.
    expect(troubles(stripeFindings({ ...good, prices: told([]) }, rehearsal))).toHaveLength(3);
  });
});

describe('SES', () => {
  const expected = {
    region: 'eu-central-1',
    sender: 'hello@mail.tenure.example',
    standIn: undefined,
    rehearsal: false,
    events: { configurationSet: 'tenure', topicArn: 'arn:aws:sns:eu-central-1:123456789012:mails' },
  };
  const published = {
    ...{ enabled: true, topicArn: expected.events.topicArn },
    types: ['send', 'delivery', 'bounce', 'complaint', 'reject', 'open'],
  };
  const good: MailFacts = {
    events: told([published]),
    ...{ quota: told({ allowed: 50_000, sent: 12 }), sending: told(true) },
    identities: told({ 'tenure.example': 'Success' }),
  };
  test.each<[string, Partial<MailFacts>, readonly RegExp[]]>([
    ['everything', {}, []],
    ['the address itself verified', { identities: told({ 'hello@mail.tenure.example': 'Success' }) }, []],
    ['nothing verified', { identities: told({}) }, [/^missing sender identity: neither hello@mail.tenure.example nor/]],
    [
      'a verification begun',
      { identities: told({ 'tenure.example': 'Pending' }) },
      [/tenure.example is not verified \(pending\)$/],
    ],
    ['the sandbox', { quota: told({ allowed: 200, sent: 0 }) }, [/^missing production access: .* sandbox/]],
    ['no bound', { quota: told({ allowed: -1, sent: 1_000_000 }) }, []],
    [
      'the quota used up',
      { quota: told({ allowed: 50_000, sent: 49_000 }) },
      [/^missing quota of the day: 49000 of 50000/],
    ],
    ['sending paused', { sending: told(false) }, [/^missing sending: is paused/]],
    [
      'credentials refused',
      { sending: { refused: 'SES refuses (InvalidClientTokenId)' } },
      [/^missing sending: SES refuses/],
    ],
    ['one answer less', { quota: AWAY }, [/^cannot tell production access: no answer/]],
    [
      'no configuration set',
      { events: told(null) },
      [/^missing configuration set: SES has no configuration set tenure$/, /^missing events: none are published/],
    ],
    ['events to another topic', { events: told([{ ...published, topicArn: 'a' }]) }, [/^missing events: none/]],
    ['events switched off', { events: told([{ ...published, enabled: false }]) }, [/^missing events: none/]],
    [
      'a few events',
      { events: told([{ ...published, types: ['bounce', 'complaint', 'send'] }]) },
      [/: delivery, reject$/],
    ],
    [
      'a question that may not be asked',
      { events: { refused: 'SES refuses (AccessDenied)' } },
      [/^missing events: SES/],
    ],
  ])('with %s', (_what, facts, named) => {
    const findings = mailFindings({ ...good, ...facts }, expected);
    expect(troubles(findings)).toEqual(named.map((pattern) => expect.stringMatching(pattern) as string));
    expect(isWhole(findings)).toBe(true);
  });

  test('an inbox that stands in for it is said to, and is a mistake for customers only', () => {
    const silent = { quota: AWAY, sending: AWAY, identities: AWAY };
    const standIn = 'http://127.0.0.1:8005';
    const rehearsed = mailFindings(silent, { ...expected, standIn, rehearsal: true });
    expect(troubles(rehearsed)).toEqual([expect.stringMatching(/^cannot tell .* stands in for SES/)]);
    expect(exitCodeOf(rehearsed)).toBe(0);
    expect(exitCodeOf(mailFindings(silent, { ...expected, standIn }))).toBe(1);
  });
});

describe('Temporal', () => {
  const expected = {
    address: 'temporal:7233',
    namespace: 'live',
    keptDays: 30,
    attributes: { Plan: 'Keyword', EndsAt: 'Datetime' },
  };
  const good: TemporalFacts = { namespace: told({ keptDays: 30 }), attributes: told(expected.attributes) };
  test.each<[string, Partial<TemporalFacts>, readonly RegExp[]]>([
    ['everything', {}, []],
    ['no namespace', { namespace: told(undefined), attributes: AWAY }, [/^missing namespace: live does not exist$/]],
    ['a short retention', { namespace: told({ keptDays: 1 }) }, [/^missing retention: 1 days, where 30/]],
    [
      'an attribute less',
      { attributes: told({ Plan: 'Keyword' }) },
      [/^missing search attribute EndsAt: does not exist$/],
    ],
    [
      'a wrong type',
      { attributes: told({ Plan: 'Text', EndsAt: 'Datetime' }) },
      [/^missing search attribute Plan: is Text, and Keyword/],
    ],
    ['a key it does not take', { namespace: { refused: 'not signed in' } }, [/^missing server: not signed in$/]],
    ['a key that may not list', { attributes: { refused: 'permission denied' } }, [/^cannot tell search attributes/]],
    ['nobody', { namespace: AWAY, attributes: AWAY }, [/^cannot tell server: no answer/]],
  ])('with %s', (_what, facts, named) => {
    const findings = temporalFindings({ ...good, ...facts }, expected);
    expect(troubles(findings)).toEqual(named.map((pattern) => expect.stringMatching(pattern) as string));
    expect(isWhole(findings)).toBe(true);
  });
});

describe('Postgres', () => {
  const good: PostgresFacts = {
    version: 180_004,
    lacks: [],
    barred: [],
    ownsAudit: false,
    ownsDatabase: false,
    isPrivate: true,
    connections: 97,
  };
  test.each<[string, Partial<PostgresFacts>, readonly RegExp[]]>([
    ['everything', {}, []],
    ['an old version', { version: 130_015 }, [/^missing version: 13.15, and 15 is the oldest/]],
    ['an older schema', { lacks: ['0012_x'] }, [/^missing schema: lacks 0012_x$/]],
    ['a table that is barred', { barred: ['emails'] }, [/^missing rights of the role: may not use emails$/]],
    ['its own audit trail', { ownsAudit: true }, [/^missing audit trail/]],
    ['its own database', { ownsDatabase: true }, [/^missing owner of the database: Tenure's own role/]],
    ['open connections', { isPrivate: false }, [/^missing encryption/]],
    ['few connections', { connections: 17 }, [/^missing connections: 17 at most/]],
  ])('with %s', (_what, facts, named) => {
    const findings = postgresFindings(told({ ...good, ...facts }), { address: 'db:5432', connections: 30 });
    expect(troubles(findings)).toEqual(named.map((pattern) => expect.stringMatching(pattern) as string));
    expect(isWhole(findings)).toBe(true);
  });

  test.each([
    ['10.0.0.5:5432', /^no: a tenant that fills/],
    ['10.0.0.6:5432', /^on a server of its own$/],
  ])('of the tenants at %s beside Tenure’s is advised about, and never missing', (own, said) => {
    expect(apartFinding({ address: '10.0.0.5:5432' }, own)).toMatchObject({
      ...{ state: 'ok', found: expect.stringMatching(said) as string },
    });
  });

  test('of the tenants lets Tenure make roles and databases', () => {
    const at = { address: 'db:5432' };
    const may = { version: 150_018, mayCreateRoles: true, mayCreateDatabases: true };
    expect(troubles(tenantServerFindings(told(may), at))).toEqual([]);
    const barred = tenantServerFindings(told({ ...may, mayCreateRoles: false, mayCreateDatabases: false }), at);
    expect(troubles(barred)).toEqual([
      expect.stringMatching(/^missing creating roles/),
      expect.stringMatching(/^missing creating databases/),
    ]);
    expect(troubles(tenantServerFindings({ refused: 'the password is wrong' }, at))).toEqual([
      "missing tenants' Postgres: the password is wrong",
    ]);
  });
});

test.each<[string, Partial<BackendFacts>, readonly RegExp[]]>([
  ['that the stacks are in', {}, []],
  ['not used yet', { recorded: told(undefined), identity: undefined }, []],
  ['of somebody else', { identity: 'b' }, [/is not the one that the stacks are in$/]],
  ['that is empty', { identity: undefined }, [/is not the one that the stacks are in$/]],
  ['nobody knows', { recorded: AWAY }, [/^cannot tell Pulumi's backend: .*Postgres does not say/]],
])("Pulumi's backend, one %s", (_what, facts, named) => {
  const findings = backendFindings(told({ identity: 'a', recorded: told('a'), ...facts }), 'file:///stacks');
  expect(troubles(findings)).toEqual(named.map((pattern) => expect.stringMatching(pattern) as string));
  expect(isWhole(findings)).toBe(true);
});

describe('settings', () => {
  const STRONG = 'Zk3vQ8mW1xR7tB5nL9cD2fG4';
  const good: SettingsFacts = {
    ...{ wrong: [], development: false, publicUrl: 'https://tenure.example', proxies: ['10.0.0.0/8'] },
    ...{ webhookSecret: 'whsec_1', licenceKeyBits: 2_048, secrets: { STAFF_TOKEN: STRONG, SUPPORT_TOKEN: undefined } },
  };
  test.each<[string, Partial<SettingsFacts>, readonly RegExp[]]>([
    ['everything', {}, []],
    [
      'one refused',
      { wrong: [{ sentence: 'PORT must be a number.', processes: ['the API'] }] },
      [/^missing PORT: PORT must be/],
    ],
    ['http', { publicUrl: 'http://tenure.example' }, [/^missing PUBLIC_URL: .* is not https$/]],
    [
      'the address of this machine',
      { publicUrl: 'http://localhost:3100' },
      [/^missing PUBLIC_URL: .* is this machine alone$/],
    ],
    ['no proxy', { proxies: [] }, [/^missing TRUST_PROXY: names no proxy/]],
    [
      'an id for a signing secret',
      { webhookSecret: 'we_1' },
      [/^missing STRIPE_WEBHOOK_SECRET: is not a signing secret/],
    ],
    ['another licence key', { publicKey: { given: ['a', 'b'], recorded: { told: 'a' } } }, [/^missing JWT_PUBLIC_KEY/]],
    ['a short licence key', { licenceKeyBits: 1_024 }, [/^missing licence key/]],
    ['a token from a dictionary', { secrets: { STAFF_TOKEN: 'secret' } }, [/^missing STAFF_TOKEN: it can be guessed/]],
    ['a long one of one letter', { secrets: { STAFF_TOKEN: 'a'.repeat(99) } }, [/^missing STAFF_TOKEN/]],
    [
      'a weak password',
      { secrets: { DATABASE_URL: 'postgres' } },
      [/^missing DATABASE_URL: its password can be guessed/],
    ],
    ['a development machine', { development: true, publicUrl: 'http://localhost:3100', proxies: [] }, []],
  ])('with %s', (_what, facts, named) => {
    const findings = settingsFindings({ ...good, ...facts });
    expect(troubles(findings)).toEqual(named.map((pattern) => expect.stringMatching(pattern) as string));
    expect(isWhole(findings)).toBe(true);
    expect(JSON.stringify(findings)).not.toContain(STRONG);
  });
});

test('a service that refuses is told apart from one that is away', async () => {
  const refused = new Error('no');
  const why = (error: unknown) => (error === refused ? 'it says no' : undefined);
  expect(await ask(() => Promise.reject(refused), why)).toEqual({ refused: 'it says no' });
  // Names and codes only: an error's message may quote what was sent.
  const quoting = Object.assign(new TypeError('of key sk_live_1'), { code: 'ECONNRESET' });
  expect(await ask(() => Promise.reject(quoting), why)).toEqual({ silent: 'ECONNRESET' });
  expect(await ask(() => Promise.reject(new TypeError('of key sk_live_1', { cause: quoting })), why)).toEqual({
    silent: 'ECONNRESET',
  });
});

const finding = (state: Finding['state'], more: Partial<Finding> = {}): Finding => ({
  ...{ part: 'Mail', check: 'sending', state, found: 'as it is' },
  ...(state === 'ok' ? {} : { trouble: { means: 'no mail', remedy: 'ask Amazon' } }),
  ...more,
});

test('only when nothing is missing, and nothing is unknown, is the exit code 0', () => {
  expect(exitCodeOf([finding('ok')])).toBe(0);
  expect(exitCodeOf([finding('ok'), finding('cannot tell', { standIn: true })])).toBe(0);
  expect(exitCodeOf([finding('ok'), finding('cannot tell')])).toBe(4);
  expect(exitCodeOf([finding('missing'), finding('cannot tell')])).toBe(1);
});

test('the report says of each line what it is, what it means for customers, and what to do', () => {
  expect(reportText([finding('missing'), finding('ok', { part: 'Stripe' })], { Mail: 'Amazon SES' })).toBe(
    [
      ...['Stripe', '  ok           sending  as it is', ''],
      ...[
        'Mail: Amazon SES',
        '  missing      sending  as it is',
        '      for customers: no mail',
        '      remedy: ask Amazon',
        '',
      ],
      '1 missing.',
    ].join('\n'),
  );
});

test('a start warns of what is missing, one line each, and survives not being able to look', async () => {
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger('api', 'info', {
    write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>),
  });
  await warnOfMissing(logger, () => Promise.resolve([finding('ok'), finding('missing'), finding('cannot tell')]));
  expect(lines).toEqual([
    expect.objectContaining({ level: 40, msg: 'missing: sending: as it is', remedy: 'ask Amazon' }),
  ]);
  await warnOfMissing(logger, () => Promise.reject(new Error('no')));
  expect(lines).toHaveLength(2);
  expect([
    isForCustomers('http://localhost'),
    isForCustomers('https://a.example'),
    isForCustomers('http://a', true),
  ]).toEqual([false, true, true]);
});
