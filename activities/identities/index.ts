import {
  AdminDeleteUserCommand,
  CognitoIdentityProviderClient,
  UserNotFoundException,
} from '@aws-sdk/client-cognito-identity-provider';
import { ApplicationFailure } from '@temporalio/common';
import type { UserPool } from '../../infra/config/types.ts';
import type { Database } from '../../infra/db/database.ts';
import { appendAudit } from '../../infra/db/repositories/audit.ts';
import { findCustomer } from '../../infra/db/repositories/customers.ts';

/** The pool that has the identities, and how to reach it. */
export interface Pool {
  readonly id: string;
  readonly client: CognitoIdentityProviderClient;
}

/** One attempt and a short one: Temporal repeats it. @param endpoint - another server than AWS's */
export const openPool = ({ id, region }: UserPool, endpoint?: string): Pool => ({
  id,
  client: new CognitoIdentityProviderClient({
    ...{ region, maxAttempts: 1, ...(endpoint !== undefined && { endpoint }) },
    requestHandler: { requestTimeout: 5_000, connectionTimeout: 2_000, throwOnRequestTimeout: true },
  }),
});

/** @returns whether there was one. Only the name of an error is kept: its text may have the user name. */
async function deleteUser({ client, id }: Pool, userName: string): Promise<boolean> {
  try {
    await client.send(new AdminDeleteUserCommand({ UserPoolId: id, Username: userName }));
    return true;
  } catch (error) {
    if (error instanceof UserNotFoundException) return false;
    const name = error instanceof Error ? error.name : 'unknown';
    throw ApplicationFailure.retryable(`The user pool did not delete the identity (${name}).`, 'IdentityNotDeleted');
  }
}

/** What happens to identities elsewhere. Safe to run twice. */
export function createIdentityActivities({
  database,
  pool,
}: {
  readonly database: Database;
  readonly pool?: Pool | undefined;
}) {
  return {
    /**
     * Deletes the identity of a customer who is erased, and proves it: asked again, the pool does not know them. One that
     * is not there is deleted. Where no pool is configured, the issuer keeps it, and the audit trail says so.
     */
    async deleteIdentity({ customerId }: { readonly customerId: string }): Promise<void> {
      const customer = await findCustomer(database, customerId);
      if (customer?.subject == null) return;
      const userName = customer.identityName ?? customer.subject;
      if (pool && (await deleteUser(pool, userName)) && (await deleteUser(pool, userName)))
        throw ApplicationFailure.retryable('The user pool still has the identity.', 'IdentityNotDeleted');
      await appendAudit(database, {
        ...{ customerId, actor: 'system', action: 'identity.deleted' },
        details: { outcome: pool ? 'deleted' : 'kept by its issuer' },
      });
    },
  };
}

export type IdentityActivities = ReturnType<typeof createIdentityActivities>;
