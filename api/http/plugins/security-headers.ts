import helmet from '@fastify/helmet';
import type { App } from '../app-type.ts';
import type { AppDeps } from '../deps.ts';

const SELF = ["'self'"];
const NONE = ["'none'"];

const checkoutOrigins = ({ stripe }: AppDeps['config']): string[] => [
  'https://checkout.stripe.com',
  ...(stripe.apiBase === undefined ? [] : [new URL(stripe.apiBase).origin]),
];

/** Everything from our own origin, nothing inline. */
export async function securityHeaders(app: App, { config }: AppDeps): Promise<void> {
  const secure = config.api.publicUrl.startsWith('https:');
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: NONE,
        scriptSrc: SELF,
        styleSrc: SELF,
        imgSrc: ["'self'", 'data:'],
        fontSrc: SELF,
        connectSrc: SELF,
        // Browsers hold redirects after a form to this too: an upgrade goes on to Stripe's own page.
        formAction: [...SELF, ...checkoutOrigins(config)],
        objectSrc: NONE,
        baseUri: NONE,
        frameAncestors: NONE,
      },
    },
    hsts: secure ? { maxAge: 31_536_000, includeSubDomains: true } : false,
    referrerPolicy: { policy: 'same-origin' },
  });
  // Pages and JSON hold personal data and tokens; files for browsers say themselves how long they keep.
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (!reply.hasHeader('cache-control')) void reply.header('cache-control', 'no-store');
    done(null, payload);
  });
}
