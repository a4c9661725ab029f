import type { App } from '../http/app-type.ts';
import type { AppDeps } from '../http/deps.ts';
import { showOutages } from '../support/outages.ts';
import { csrfFor, sendPage } from './scope.ts';
import { outagesPage } from './views/console-outages.ts';

/** The page of services that are unavailable. */
export function consoleOutages(app: App, deps: AppDeps): void {
  const config = { access: 'support', page: true } as const;
  app.get('/console/outages', { config, schema: { hide: true } }, async (request, reply) =>
    sendPage(reply, outagesPage(await showOutages(deps), csrfFor(deps, request, reply))),
  );
}
