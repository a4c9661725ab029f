import findMyWay from 'find-my-way';
import type { App } from '../app-type.ts';
import { ApiError } from '../errors.ts';

const listed = (words: readonly string[]): string => new Intl.ListFormat('en', { type: 'disjunction' }).format(words);

const methodNotAllowed = (method: string, allowed: readonly string[]): ApiError =>
  new ApiError(405, {
    error: 'Method not allowed',
    message: `${method} is not supported here. Use ${listed(allowed)}.`,
    code: 'method_not_allowed',
  });

/** Routes of one shape are one address, however they name their parameters. */
const shapeOf = (url: string): string => url.replace(/:\w+/g, ':name');

interface Address {
  readonly methods: Set<string>;
}

/**
 * Answers an unsupported method on an existing address with 405 and the supported methods. The most specific address
 * counts: `GET /api/customers/login` does not ask for a customer with that id.
 */
export function allowedMethods(app: App): void {
  const router = findMyWay({ maxParamLength: 200 });
  const addresses = new Map<string, Address>();
  app.addHook('onRoute', ({ url, method }) => {
    const shape = shapeOf(url);
    const known = addresses.get(shape);
    const address = known ?? { methods: new Set() };
    const methods = [method].flat();
    // Of a plugin's root the framework tells the HEAD it makes and not the GET it makes it of.
    for (const each of methods.includes('HEAD') ? [...methods, 'GET'] : methods) address.methods.add(each);
    if (known) return;
    addresses.set(shape, address);
    router.on('GET', shape, () => undefined, address);
  });
  app.addHook('onRequest', (request, reply, done) => {
    const path = request.url.split('?', 1)[0] ?? '/';
    const address = router.find('GET', path)?.store as Address | undefined;
    if (!address || address.methods.has(request.method)) {
      done();
      return;
    }
    const allowed = [...address.methods].sort();
    void reply.header('allow', allowed.join(', '));
    done(methodNotAllowed(request.method, allowed));
  });
}
