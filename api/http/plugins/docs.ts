import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { makesInstance, type Profile } from '../../../workflows/domain/profiles/index.ts';
import { sellsTrial } from '../../../workflows/domain/core-steps.ts';
import { signsInHere } from '../../accounts/elsewhere.ts';
import { cookieNamed } from '../../accounts/cookies.ts';
import type { App } from '../app-type.ts';
import type { AppDeps } from '../deps.ts';
import { documentedOperation, SECURITY_SCHEMES } from './operations.ts';

/** What happens to a customer of this product. */
function lifeIn(profile: Profile): string {
  const parts = [
    ...(signsInHere(profile) ? [profile.paysFirst ? 'Checkout' : 'signup'] : []),
    ...(makesInstance(profile) ? ['instance'] : []),
    ...(sellsTrial(profile) ? ['trial'] : []),
    ...['payment', 'cancellation'],
  ];
  const elsewhere = signsInHere(profile)
    ? ''
    : ' Customers sign up and sign in in the app, with their identity provider.';
  return `The life of a customer of ${profile.brand.name}: ${parts.join(', ')}.${elsewhere}`;
}

const DESCRIPTION = `Every error has the shape of the schema Error. In addition to the statuses each operation lists, an unsupported method
gets 405 with \`Allow\`, a request that does not arrive within 30 seconds gets 408, and more than 16 KB of headers get 431.
Text that looks like a payment card number is refused everywhere: payments are made on Stripe's pages.`;

const TAGS = [
  { name: 'customers', description: 'Signing up and in, and one customer for themselves or for staff.' },
  { name: 'me', description: 'What signed-in customers can read and do.' },
  { name: 'admin', description: 'For staff: used by the console and the support command line.' },
  { name: 'webhooks', description: "Stripe's events." },
  { name: 'product', description: 'Endpoints of this product.' },
  { name: 'health', description: 'For monitoring.' },
];

/** The OpenAPI document, made of the routes' own schemas, and its page at /docs. */
export async function docs(app: App, deps: AppDeps): Promise<void> {
  const { brand } = deps.profile;
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: `${brand.name} API`,
        description: `${deps.product?.words?.api ?? lifeIn(deps.profile)}\n\n${DESCRIPTION}`,
        version: '0.1.0',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: deps.config.api.publicUrl, description: 'This server' }],
      tags: TAGS.filter(({ name }) => name !== 'product' || (deps.product?.routes.length ?? 0) > 0),
      components: { securitySchemes: SECURITY_SCHEMES((name) => cookieNamed(deps, name)) },
    },
    transform: ({ schema, url, route }) => ({
      url,
      schema: route.config?.offered === false || schema.hide ? { ...schema, hide: true } : documentedOperation(route),
    }),
    refResolver: {
      buildLocalReference: (json, _base, _fragment, index) =>
        typeof json.$id === 'string' ? json.$id : `schema-${String(index)}`,
    },
  });
  await app.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: 'public' };
    });
    await scope.register(swaggerUi, {
      ...{ routePrefix: '/docs', staticCSP: false },
      theme: {
        title: `${brand.name} API`,
        // The bar shows the framework's logo and a field for other documents.
        css: [{ filename: 'theme.css', content: '.swagger-ui .topbar { display: none }' }],
      },
    });
  });
}
