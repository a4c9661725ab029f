import { createRequire } from 'node:module';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { App } from '../http/app-type.ts';
import type { AppDeps } from '../http/deps.ts';
import { brandAssets } from './brand.ts';

const file = (specifier: string): string => createRequire(import.meta.url).resolve(specifier);

/** Everything a browser loads, by name; served from the packages themselves. */
const ASSETS: Readonly<Record<string, string>> = {
  'pico.min.css': file('@picocss/pico/css/pico.min.css'),
  'tenure.css': fileURLToPath(new URL('assets/tenure.css', import.meta.url)),
  'signup.js': fileURLToPath(new URL('assets/signup.js', import.meta.url)),
  'htmx.min.js': file('htmx.org/dist/htmx.min.js'),
  'hx-sse.min.js': file('htmx.org/dist/ext/hx-sse.min.js'),
};

export async function assets(app: App, deps: AppDeps): Promise<void> {
  const [root] = Object.values(ASSETS);
  await app.register(fastifyStatic, { root: dirname(root ?? ''), serve: false });
  for (const [name, path] of Object.entries(ASSETS))
    app.get(`/assets/${name}`, { config: { access: 'public' }, schema: { hide: true } }, (_request, reply) =>
      // Requested each time and answered "not modified", so that an upgrade shows immediately.
      reply.sendFile(basename(path), dirname(path), { maxAge: 0 }),
    );
  brandAssets(app, deps);
}
