import { viewEntitlements, viewStack } from '../../infra/db/repositories/console.ts';
import type { TokenIdentity } from '../../infra/identities/tokens.ts';
import type { SignupsElsewhere } from '../accounts/signups-elsewhere.ts';
import { makesInstance } from '../../workflows/domain/profiles/index.ts';
import { findCustomer, findCustomerOfSubject, type Customer } from '../../infra/db/repositories/customers.ts';
import type { App } from '../http/app-type.ts';
import { operation } from '../http/operation.ts';
import type { AppDeps } from '../http/deps.ts';
import { notFound } from '../http/errors.ts';
import { customerOf, identityOf } from '../http/plugins/access.ts';
import { CustomerParams } from '../schemas/common.ts';
import { DeploymentStatusReply, EntitlementsReply, CustomerReply } from '../schemas/customers.ts';
import { customerReply, deploymentReply, entitlementsReply } from './customer-replies.ts';

async function existing({ database }: AppDeps, customerId: string): Promise<Customer> {
  const customer = await findCustomer(database, customerId);
  if (!customer) throw notFound('customer');
  return customer;
}

/** For an identity that is not a customer now: it may have been one, or may become one. */
async function entitlementsOf(deps: AppDeps, elsewhere: SignupsElsewhere, identity: TokenIdentity) {
  const { subject } = identity;
  const customer = await findCustomerOfSubject(deps.database, { profile: deps.profile.name, subject });
  // Their event may have been lost on the way to us, or they have left and signed in again.
  await elsewhere.take(identity);
  const row = customer && (await viewEntitlements(deps.database, customer.customerId));
  return entitlementsReply(row, customer, subject);
}

function meRoutes(app: App, deps: AppDeps, elsewhere: SignupsElsewhere): void {
  app.get(
    '/me',
    operation('readMe', 'The customer who is signed in', {
      access: 'customer',
      tags: ['me'],
      response: { 200: CustomerReply },
    }),
    async (request) => customerReply(await existing(deps, customerOf(request))),
  );
  app.get(
    '/me/entitlements',
    operation('readEntitlements', 'What your subscription entitles you to', {
      access: 'identity',
      tags: ['me'],
      response: { 200: EntitlementsReply },
    }),
    async (request) => {
      const identity = identityOf(request);
      if (identity && request.caller?.kind === 'identity') return entitlementsOf(deps, elsewhere, identity);
      const customer = await existing(deps, customerOf(request));
      const row = await viewEntitlements(deps.database, customer.customerId);
      return entitlementsReply(row, customer, identity?.subject);
    },
  );
}

export function customerRoutes(app: App, deps: AppDeps, elsewhere: SignupsElsewhere): void {
  meRoutes(app, deps, elsewhere);
  app.get(
    '/api/customers/:id',
    operation('readCustomer', 'One customer', {
      access: 'own-or-staff',
      tags: ['customers'],
      params: CustomerParams,
      response: { 200: CustomerReply },
    }),
    async ({ params }) => customerReply(await existing(deps, params.id)),
  );
  app.get(
    '/api/customers/:id/deployment/status',
    operation('readDeploymentStatus', "The state of the customer's instance", {
      access: 'own-or-staff',
      offered: makesInstance(deps.profile),
      tags: ['customers'],
      params: CustomerParams,
      response: { 200: DeploymentStatusReply },
    }),
    async ({ params }) => {
      const customer = await existing(deps, params.id);
      return deploymentReply(customer, await viewStack(deps.database, params.id));
    },
  );
}
