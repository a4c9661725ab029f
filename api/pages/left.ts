import { Type } from 'typebox';
import { keptUntil } from '../../infra/db/repositories/backups.ts';
import { viewInvoices } from '../../infra/db/repositories/console.ts';
import { findCustomer } from '../../infra/db/repositories/customers.ts';
import { customerOfLink } from '../../infra/db/repositories/one-time-links.ts';
import { hashToken } from '../../infra/tokens.ts';
import type { App } from '../http/app-type.ts';
import type { AppDeps } from '../http/deps.ts';
import { Closed } from '../schemas/common.ts';
import { sendPage } from './scope.ts';
import { leftNoMorePage, leftPage } from './views/left.ts';

const config = { access: 'public', page: true } as const;
/** Any text: a wrong link gets the same answer as one that is no longer valid. */
const params = Closed({ token: Type.String({ maxLength: 200 }) });
const GONE = 410;

/** A customer who has left can sign in no more; the link in their last mail shows their invoices. */
export function leftPages(app: App, { database }: AppDeps): void {
  app.get('/left/:token', { config, schema: { hide: true, params } }, async (request, reply) => {
    void reply.header('referrer-policy', 'no-referrer');
    const customerId = await customerOfLink(database, hashToken(request.params.token), 'after_leaving');
    const customer = customerId === undefined ? undefined : await findCustomer(database, customerId);
    if (!customer) return sendPage(reply.code(GONE), leftNoMorePage);
    const { customerId: id, companyName } = customer;
    const [invoices, until] = await Promise.all([viewInvoices(database, id), keptUntil(database, id)]);
    return sendPage(reply, leftPage({ companyName, invoices, keptUntil: until }));
  });
}
