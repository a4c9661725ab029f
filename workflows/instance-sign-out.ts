import { instances } from './activity-calls/proxies.ts';

/** Tells an instance that sessions ended; one that cannot be reached for long is told by the next sweep. */
export async function instanceSignOut({ customerId }: { readonly customerId: string }): Promise<void> {
  await instances.signOutInstance({ customerId });
}
