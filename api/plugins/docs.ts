import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { App } from '../app-type.ts';

/** The OpenAPI document, made of the routes' own schemas, and its page at /docs. */
export async function docs(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      info: { title: 'Tenure', description: "A SaaS customer's whole life as durable workflows.", version: '0.1.0' },
      components: {
        securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      },
    },
  });
  await app.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: 'public' };
    });
    await scope.register(swaggerUi, { routePrefix: '/docs', staticCSP: false });
  });
}
