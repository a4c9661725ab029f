import { createConfig, lintFromString } from '@redocly/openapi-core';
import { createApiHarness, member, staff, type ApiHarness } from './harness.ts';

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly description?: string;
  readonly schema: { readonly pattern?: string; readonly enum?: readonly string[] };
}
interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly example?: unknown; readonly schema: object }>>;
  };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: object }>>;
}
interface OpenApi {
  readonly openapi: string;
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly securitySchemes: Readonly<Record<string, object>>;
    readonly schemas: Readonly<Record<string, { readonly enum?: readonly string[] }>>;
  };
}

let harness: ApiHarness;
let text: string;
let document: OpenApi;
let operations: readonly (readonly [string, Operation])[];
beforeAll(async () => {
  harness = await createApiHarness();
  text = (await harness.app.inject({ url: '/docs/json' })).body;
  document = JSON.parse(text) as OpenApi;
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
  );
});
afterAll(() => harness.stop());

/** Names of the operations for which something does not hold. */
const without = (holds: (operation: Operation, name: string) => boolean): readonly string[] =>
  operations.filter(([name, operation]) => !holds(operation, name)).map(([name]) => name);

test('the document is valid OpenAPI 3.1 and passes the linter with all its recommended rules', async () => {
  expect(document.openapi).toBe('3.1.0');
  const rules = {
    // The server of this test is this machine, and the two probes refuse nothing.
    ...{ 'no-server-example.com': 'off' as const, 'operation-4xx-response': 'off' as const },
  };
  const config = await createConfig({ extends: ['recommended-strict'], rules });
  const problems = await lintFromString({ source: text, absoluteRef: 'openapi.json', config });
  expect(problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual([]);
});

describe('every operation', () => {
  test('has a summary, a tag that is explained, and a name of its own', () => {
    const tags = document.tags.map(({ name }) => name);
    expect(operations.length).toBeGreaterThan(40);
    expect(without(({ summary }) => (summary ?? '').length > 3)).toEqual([]);
    expect(without(({ tags: [tag = ''] = [] }) => tags.includes(tag))).toEqual([]);
    const names = operations.map(([, { operationId }]) => operationId);
    expect(names).not.toContain(undefined);
    expect(new Set(names).size).toBe(names.length);
  });

  test('says who may call it, by a scheme that is described', () => {
    const schemes = Object.keys(document.components.securitySchemes);
    const described = ['apiKey', 'customerSession', 'customerToken', 'identityToken', 'staffSession', 'staffToken'];
    expect(schemes.sort()).toEqual(described);
    expect(
      without(({ security }) => security?.flatMap(Object.keys).every((scheme) => schemes.includes(scheme)) === true),
    ).toEqual([]);
    const open = operations.filter(([, { security }]) => security?.length === 0).map(([name]) => name);
    expect(open.sort()).toEqual([
      'GET /api/customers/checkout/{session_id}',
      'GET /healthz',
      'GET /readyz',
      'POST /api/customers/checkout',
      'POST /api/customers/login',
      'POST /api/customers/logout',
      'POST /api/customers/signup',
      'POST /stripe/webhook',
      'POST /webhooks/ses',
      'POST /webhooks/stripe',
    ]);
  });

  test('lists the errors of its own beside those that follow from who may call it', () => {
    const errorsOf = (path: string) =>
      Object.keys(document.paths[path]?.['post']?.responses ?? {}).filter((status) => Number(status) >= 400);
    expect(errorsOf('/me/cancel')).toEqual(expect.arrayContaining(['401', '409', '429', '502', '504']));
    expect(errorsOf('/api/admin/customers/{id}/erase')).toEqual(expect.arrayContaining(['403', '409', '422', '504']));
    expect(errorsOf('/api/admin/customers/{id}/revoke-key')).toEqual(expect.not.arrayContaining(['502']));
  });

  test('has an example of its body, and explains its statuses', () => {
    const body = ({ requestBody }: Operation) => Object.values(requestBody?.content ?? {});
    expect(without((operation) => body(operation).every(({ example }) => example !== undefined))).toEqual([]);
    expect(without(({ responses }) => Object.values(responses).every(({ description }) => description !== ''))).toEqual(
      [],
    );
    expect(without(({ responses }) => Object.keys(responses).every((status) => /^\d{3}$/.test(status)))).toEqual([]);
  });

  test('that is a command takes an Idempotency-Key, and Stripe signs what it sends', () => {
    const takes =
      (header: string) =>
      ({ parameters = [] }: Operation) =>
        parameters.some((each) => each.in === 'header' && each.name === header);
    const commands =
      /^POST \/api\/admin\/(customers|events)\/{id}\/|^POST \/me\/(upgrade|plan$|pause|resume|cancel|undo|retry|api-keys$)|^DELETE \/me\/account|\/(signup|checkout)$/;
    expect(without((operation, name) => commands.test(name) === takes('Idempotency-Key')(operation))).toEqual([]);
    expect(
      without(
        (operation, name) => /stripe.*webhook|webhook.*stripe/.test(name) === takes('Stripe-Signature')(operation),
      ),
    ).toEqual([]);
  });
});

test('plans and regions are those of the catalogue, and the server is where people reach us', () => {
  const { Plan, Region } = document.components.schemas;
  expect(Plan?.enum).toEqual(['starter', 'professional', 'enterprise']);
  expect(Region?.enum).toEqual(['eu-central', 'us-east', 'ap-southeast']);
  expect(document.servers[0]?.url).toBe('http://localhost:3100');
});

test('patterns mean the same in every engine: no class of Unicode, no escape but of whitespace', () => {
  const patterns = [...text.matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g)].map(
    ([, quoted]) => JSON.parse(quoted ?? '""') as string,
  );
  expect(patterns.length).toBeGreaterThan(50);
  expect(patterns.filter((pattern) => /\\(?!s)|\(\?/.test(pattern))).toEqual([]);
});

const inWords = (allow: string): string =>
  allow.replace(/, (\w+)$/, (_end, last: string) => `${allow.split(', ').length > 2 ? ',' : ''} or ${last}`);

describe('an address that exists, asked with a method it does not take, answers 405 and which it takes', () => {
  test.each([
    ['PUT', '/me', 'GET, HEAD'],
    ['GET', '/me/account', 'DELETE'],
    ['DELETE', '/api/customers/signup', 'POST'],
    ['PATCH', '/api/admin/replay-batches', 'GET, HEAD, POST'],
    ['POST', '/api/admin/customers/cust_1', 'GET, HEAD'],
    ['DELETE', '/signup', 'GET, HEAD, POST'],
    // A route with a parameter in this place would take it for an id.
    ['GET', '/api/customers/login', 'POST'],
  ] as const)('%s %s', async (method, url, allow) => {
    const reply = await harness.app.inject({ method, url, headers: staff });
    expect(reply.statusCode).toBe(405);
    expect(reply.headers.allow).toBe(allow);
    expect(reply.json()).toMatchObject({ code: 'method_not_allowed', problems: [] });
    const { message } = reply.json<{ message: string }>();
    expect(message).toBe(`${method} is not supported here. Use ${inWords(allow)}.`);
  });

  test.each(['/onboarding/events', '/console/customers/cust_1/events'])(
    'HEAD %s: the stream would not end, as nobody reads it',
    async (url) => {
      const reply = await harness.app.inject({ method: 'HEAD', url });
      expect([reply.statusCode, reply.headers.allow]).toEqual([405, 'GET']);
    },
  );

  test('one that does not exist is 404', async () => {
    expect((await harness.app.inject({ method: 'PUT', url: '/api/nothing' })).statusCode).toBe(404);
  });
});

test('what does not fit is told with what would fit', async () => {
  const { headers } = await member(harness);
  const told = async (url: string, payload: object, by: object = staff) =>
    (await harness.app.inject({ method: 'POST', url, payload, headers: { ...by } })).json<{ message: string }>()
      .message;
  const customer = '/api/admin/customers/cust_d4e547c5-3a1b-4c55-9a0e-6f7f1c2b3d4e';
  expect(await told('/api/admin/customers/1/cancel', { when: 'now', reason: 'x' })).toBe(
    'id must be the id of a customer: cust_ and a UUID in lower case.',
  );
  expect(await told(`${customer}/replay`, { reason: 'x', corrections: { plan: 'gold', email: 'nope' } })).toBe(
    'corrections.email must be an e-mail address like ada@example.com, with a-z, 0-9 and signs like . - _ + before the @. ' +
      'corrections.plan must be one of starter, professional, enterprise.',
  );
  expect(await told(`${customer}/refund`, { invoice: 'x', reason: ' ' })).toBe(
    "invoice must be Stripe's id of an invoice, like in_1Q2w3E4r5T6y. reason must be a single line of visible text.",
  );
  expect(await told('/me/api-keys', { name: '\u3164' }, headers)).toBe('name must be a single line of visible text.');
});
