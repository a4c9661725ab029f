import { html } from 'ghtml';
import type { App } from '../app-type.ts';
import type { AppDeps } from '../deps.ts';
import { showDifferences } from '../differences.ts';
import { csrfFor, sendPage } from './scope.ts';
import { differencesTable } from './views/console-differences.ts';
import { layout } from './views/layout.ts';
import { moment } from './views/words.ts';

/** The page of everybody of whom Postgres, Temporal and Stripe say different things. */
export function consoleDifferences(app: App, deps: AppDeps): void {
  const config = { access: 'support', page: true } as const;
  app.get('/console/differences', { config, schema: { hide: true } }, async (request, reply) => {
    const { differences, comparedSince } = await showDifferences(deps);
    const compared =
      comparedSince === null
        ? 'Not everything has been compared yet.'
        : `All was compared since ${moment(comparedSince)}.`;
    const body = html`
      <h1>Differences</h1>
      !${differences.length === 0 ? '<p>Nothing differs.</p>' : differencesTable(differences)}
      <p>${compared}</p>
    `;
    const csrf = csrfFor(deps, request, reply);
    return sendPage(reply, layout({ title: 'Differences', visitor: 'staff', wide: true, csrf, body }));
  });
}
