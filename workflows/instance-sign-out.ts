import { instances } from './activity-calls/proxies.ts';

/** Tells an instance that sessions have ended; if it cannot be reached for long, the next sweep tells it. */
export async function instanceSignOut({ customerId }: { readonly customerId: string }): Promise<void> {
  await instances.signOutInstance({ customerId });
}
