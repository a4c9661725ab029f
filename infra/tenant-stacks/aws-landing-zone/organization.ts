import type * as Sdk from '@aws-sdk/client-organizations';
import { StackFailure } from '../errors.ts';
import { accountEmail, CUSTOMER_TAG, isAccountEmail } from './names.ts';
import type { LandingZones } from './settings.ts';

type Server = Pick<Sdk.OrganizationsClientConfig, 'endpoint' | 'credentials'>;

/** AWS words may name accounts and people, so its code alone is passed on. */
function asStackFailure(error: unknown): StackFailure {
  if (error instanceof StackFailure) return error;
  const { name: code } = error as Error;
  const denied = /AccessDenied|UnrecognizedClient|InvalidClientToken|ExpiredToken|CredentialsProvider/.test(code);
  const text = denied
    ? `AWS refused the provisioning worker: ${code}. Check its credentials and the landing zones' policy.`
    : `AWS answered ${code}.`;
  return new StackFailure(denied ? 'ProviderAuth' : 'ProvisioningFailed', text, { cause: error });
}

const GONE: ReadonlySet<string | undefined> = new Set(['PENDING_CLOSURE', 'SUSPENDED', 'CLOSED']);

export interface CustomerAccount {
  /** Undefined when none is open. */
  readonly id: string | undefined;
  /** Of the one that is open, or of the next. */
  readonly email: string;
}

/** What is asked of the organization itself, and never of Pulumi's state. */
export class Organization {
  readonly #zones: LandingZones;
  readonly #server: Server;

  /** @param server - that stands in for AWS */
  constructor(zones: LandingZones, server: Server = {}) {
    this.#zones = zones;
    this.#server = server;
  }

  /** The package is loaded only where there are landing zones. */
  async #call<T>(work: (client: Sdk.OrganizationsClient, sdk: typeof Sdk) => Promise<T>): Promise<T> {
    const sdk = await import('@aws-sdk/client-organizations');
    const client = new sdk.OrganizationsClient({ region: this.#zones.region, maxAttempts: 5, ...this.#server });
    try {
      return await work(client, sdk);
    } catch (error) {
      throw asStackFailure(error);
    } finally {
      client.destroy();
    }
  }

  /** The customer's account. */
  async lookAt(customerId: string): Promise<CustomerAccount> {
    const all = await this.#call(async (client, { paginateListAccounts }) => {
      const found: Sdk.Account[] = [];
      for await (const { Accounts = [] } of paginateListAccounts({ client }, {}))
        found.push(...Accounts.filter(({ Email = '' }) => isAccountEmail(this.#zones, customerId, Email)));
      return found;
    });
    const open = all.find(({ State }) => !GONE.has(State));
    return { id: open?.Id, email: open?.Email ?? accountEmail(this.#zones, customerId, all.length) };
  }

  /** Closes the customer's account, unless somebody else has made it. AWS keeps it for 90 days. */
  async closeAccount(customerId: string): Promise<void> {
    const { id: AccountId } = await this.lookAt(customerId);
    if (AccountId === undefined) return;
    await this.#call(async (client, { CloseAccountCommand, ListTagsForResourceCommand }) => {
      const { Tags = [] } = await client.send(new ListTagsForResourceCommand({ ResourceId: AccountId }));
      if (!Tags.some(({ Key, Value }) => Key === CUSTOMER_TAG && Value === customerId))
        throw new StackFailure(
          'StackDrift',
          `The account with the customer's address has no tag ${CUSTOMER_TAG} of this customer, so it was not closed. Tag it or close it by hand.`,
        );
      await client.send(new CloseAccountCommand({ AccountId }));
    });
  }
}
