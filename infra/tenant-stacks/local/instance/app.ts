import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
} from 'fastify';
import { takeForms, takeJson } from '../../../http-bodies.ts';
import { clientErrorHandler, frameworkErrors } from '../../../http-refusals.ts';
import { MOST_CONNECTIONS } from '../../../http-connections.ts';
import { REQUEST_TIMEOUTS } from '../../../http-timeouts.ts';
import { looksLikeCardNumber } from '../../../input/card-number.ts';
import { isLine } from '../../../input/line.ts';
import { PATTERNS } from '../../../input/patterns.ts';
import { refuseForeign, securityHeaders } from './guards.ts';
import type { Instance } from './instance.ts';
import { enteredPage, homePage, loginPage, messagePage } from './pages.ts';
import { hasDeviceKey, isSecure, sameText } from './sign-in.ts';
import { STANDING, stateOf } from './standing.ts';
import type { Device } from './store.ts';

/** The answer to a text that is missing or wrong. */
const WANTED = {
  name: 'A device needs a name of 1 to 100 characters: one line of visible text, and no card number.',
  key: 'Enter the device API key of this instance.',
  token: 'This link is not complete. Open the instance from your account page.',
} as const;

/** What the pattern of a visible line cannot say. */
const isDeviceName = (text: string): boolean => isLine(text) && !looksLikeCardNumber(text);

/** One text, and nothing else. */
const only = (
  name: keyof typeof WANTED,
  text: {
    readonly minLength?: number;
    readonly maxLength: number;
    readonly pattern?: string;
    readonly format?: string;
  },
) => ({
  type: 'object',
  required: [name],
  additionalProperties: false,
  properties: { [name]: { type: 'string', ...text } },
});
const NAME_BODY = only('name', {
  ...{ minLength: 1, maxLength: 100, pattern: PATTERNS.seen.pattern, format: 'device-name' },
});
const KEY_BODY = only('key', { maxLength: 200 });
const ENTER_QUERY = only('token', { maxLength: 2_000 });

const standingOf = (instance: Instance) => STANDING[stateOf(instance.credentials, instance.licence)];

const isSignedIn = async (instance: Instance, { headers }: FastifyRequest): Promise<boolean> =>
  hasDeviceKey(headers.authorization, instance.credentials.deviceApiKey) ||
  (await instance.sessions.isOpen(headers.cookie, instance.credentials));

interface Refusal {
  readonly status: number;
  readonly error: string;
  readonly message: string;
}

const UNAUTHORIZED: Refusal = {
  status: 401,
  error: 'unauthorized',
  message: 'Send the device API key: Authorization: Bearer <key>.',
};

/** Why the request is refused, if it is. A visitor who is not signed in learns nothing about the instance's state. */
async function refusalOf(
  instance: Instance,
  request: FastifyRequest,
  what: 'writes' | 'pages',
): Promise<Refusal | undefined> {
  if (!(await isSignedIn(instance, request))) return UNAUTHORIZED;
  const { [what]: status, notice } = standingOf(instance);
  if (status === 200) return undefined;
  return { status, error: stateOf(instance.credentials, instance.licence), message: notice };
}

async function addDevice(
  instance: Instance,
  request: FastifyRequest<{ Body: { name: string } }>,
): Promise<Device | Refusal> {
  const refusal = await refusalOf(instance, request, 'writes');
  if (refusal) return refusal;
  const { maxDevices } = instance.licence;
  const device = await instance.store.addDevice(request.body.name, maxDevices);
  const message = `Your plan allows ${String(maxDevices)} devices, and all of them are connected. Ask support for a larger plan.`;
  return device ?? { status: 403, error: 'device_limit', message };
}

/** What an instance tells holders of its key: its customer's programs, and the platform, which made the key. */
function report({ credentials, licence }: Instance): object {
  const { company, plan, region, mode } = credentials;
  const state = stateOf(credentials, licence);
  const reply = { valid: state !== 'licence_expired', expires_at: licence.expiresAt.toISOString() };
  return { company, plan, region, mode, state, licence: reply };
}

function registerApi(app: FastifyInstance, instance: Instance): void {
  app.get('/api/health', async (request, reply) => {
    const database = (await instance.store.isReachable()) ? 'ok' : 'unreachable';
    const status = database === 'ok' ? 'ok' : 'degraded';
    const code = database === 'ok' ? 200 : 503;
    const more = (await isSignedIn(instance, request)) ? { ...report(instance), database } : {};
    return reply.code(code).send({ status, ...more });
  });
  app.get('/api/devices', async (request, reply) => {
    const refusal = await refusalOf(instance, request, 'pages');
    if (refusal) return reply.code(refusal.status).send({ error: refusal.error, message: refusal.message });
    return { devices: await instance.store.devices(), max_devices: instance.licence.maxDevices };
  });
  app.post<{ Body: { name: string } }>('/api/devices', { schema: { body: NAME_BODY } }, async (request, reply) => {
    const result = await addDevice(instance, request);
    if (!('status' in result)) return reply.code(201).send(result);
    return reply.code(result.status).send({ error: result.error, message: result.message });
  });
}

const sendPage = (reply: FastifyReply, status: number, page: string) => reply.code(status).type('text/html').send(page);

function registerPages(app: FastifyInstance, instance: Instance): void {
  app.get('/', async (request, reply) => {
    if (!(await isSignedIn(instance, request))) return sendPage(reply, 200, loginPage(instance));
    return sendPage(reply, standingOf(instance).pages, homePage(instance, await instance.store.devices()));
  });
  app.get('/login', (_request, reply) => sendPage(reply, 200, loginPage(instance)));
  app.post<{ Body: { key: string } }>('/login', { schema: { body: KEY_BODY } }, async (request, reply) => {
    if (!sameText(request.body.key, instance.credentials.deviceApiKey))
      return sendPage(reply, 401, loginPage(instance, 'That is not the device API key of this instance.'));
    return reply.header('set-cookie', await instance.sessions.open(instance.credentials)).redirect('/', 303);
  });
  app.post('/logout', async (request, reply) => {
    const gone = await instance.sessions.close(request.headers.cookie, instance.credentials);
    return reply.header('set-cookie', gone).redirect('/login', 303);
  });
  app.get<{ Querystring: { token: string } }>(
    '/enter',
    { schema: { querystring: ENTER_QUERY } },
    async (request, reply) => {
      const { credentials, namespace, sessions } = instance;
      const tenant = { publicKey: credentials.licencePublicKey, namespace };
      const way = await sessions.takesFromPlatform(request.query.token, tenant);
      if (!way)
        return sendPage(
          reply,
          401,
          loginPage(
            instance,
            'This link has been used or has expired. Open the instance again from your account page.',
          ),
        );
      void reply.header('referrer-policy', 'no-referrer');
      // A page, not a redirect: a strict cookie is not sent on a redirect that began at another site.
      void reply.header('set-cookie', await sessions.open(credentials, way));
      return sendPage(reply, 200, enteredPage(instance));
    },
  );
  app.post<{ Body: { name: string } }>('/devices', { schema: { body: NAME_BODY } }, async (request, reply) => {
    const result = await addDevice(instance, request);
    if ('status' in result) return sendPage(reply, result.status, messagePage(instance, result.message));
    return reply.redirect('/', 303);
  });
}

/** In our own words instead of the validator's. */
function wanted({ validation, message }: FastifyError): string {
  const [first] = validation ?? [];
  const field = first?.instancePath.slice(1) || first?.params['missingProperty'];
  const known = Object.entries(WANTED).find(([name]) => name === field)?.[1];
  return known ?? (first ? 'This request has unknown fields.' : message);
}

/** The tenant's HTTP server, not yet listening. Usage is not served here: only the supervisor gets it. */
export function buildInstance(instance: Instance): FastifyInstance {
  // Unknown members are refused, not stripped, and nothing is coerced.
  const ajv: FastifyServerOptions['ajv'] = {
    customOptions: { removeAdditional: false, coerceTypes: false },
    onCreate: (validator) => validator.addFormat('device-name', isDeviceName),
  };
  const app = Fastify({
    ...{ bodyLimit: 64 * 1024, ajv, http: REQUEST_TIMEOUTS },
    ...{ requestTimeout: REQUEST_TIMEOUTS.requestTimeout, clientErrorHandler, frameworkErrors },
  });
  app.server.maxConnections = MOST_CONNECTIONS;
  app.addHook('onRequest', (_request, _reply, done) => {
    instance.requests += 1;
    done();
  });
  /** A person gets a page, a program JSON. */
  const refuse = (request: FastifyRequest, reply: FastifyReply, { status, error, message }: Refusal) =>
    request.headers.accept?.includes('text/html') === true
      ? sendPage(reply, status, messagePage(instance, message))
      : reply.code(status).send({ error, message });
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status < 500) return refuse(request, reply, { status, error: 'bad_request', message: wanted(error) });
    const message = 'Something went wrong on our side. Try again in a moment.';
    return refuse(request, reply, { status, error: 'internal', message });
  });
  app.setNotFoundHandler((request, reply) =>
    refuse(request, reply, { status: 404, error: 'not_found', message: 'There is no such page.' }),
  );
  securityHeaders(app, isSecure(instance.credentials.url));
  refuseForeign(app, (request, reply) =>
    refuse(request, reply, { status: 403, error: 'forbidden', message: 'This request came from another site.' }),
  );
  takeJson(app);
  takeForms(app);
  registerApi(app, instance);
  registerPages(app, instance);
  return app;
}
