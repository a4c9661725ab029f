import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { ApiConfig } from '../../infra/config.ts';
import type { Database } from '../../infra/db/database.ts';
import type { Product } from '../../infra/product/define-product.ts';
import type { HookConfig } from '../../infra/config/types.ts';
import type { TokenVerifier } from '../../infra/identities/tokens.ts';
import type { Logo } from '../../infra/product/logo.ts';
import type { LicenceSigner } from '../../infra/licences.ts';
import type { Profile } from '../../workflows/domain/profiles/index.ts';
import type { SnsTopic } from '../webhooks/sns-topic.ts';

/** Everything the API works with; `server.ts` makes the real ones. */
export interface AppDeps {
  readonly config: Pick<ApiConfig, 'api' | 'signup' | 'stripe' | 'tenants' | 'terms'> & {
    readonly temporal: Pick<ApiConfig['temporal'], 'namespace' | 'uiUrl'>;
  };
  /** Of the product that this API serves: nobody else's customers are there. */
  readonly database: Database;
  /** With the customers of all products, for the events of Stripe and SES, which come to whichever API they find. */
  readonly everyProduct: Database;
  readonly temporal: Client;
  /** Checks the tokens of the issuer, for a product whose customers have their identities elsewhere. */
  readonly tokens?: TokenVerifier | undefined;
  /** Who may call the product's hooks. */
  readonly hooks?: HookConfig | undefined;
  /** Where SES's events come from, if they are configured. */
  readonly mailEvents?: SnsTopic | undefined;
  readonly licences: LicenceSigner;
  readonly profile: Profile;
  /** The file that its brand names. */
  readonly logo?: Logo | undefined;
  /** What it has besides its catalogue: its own endpoints with their settings, and its own words. */
  readonly product?:
    | (Pick<Product, 'routes'> &
        Partial<Pick<Product, 'words'>> & { readonly settings: Readonly<Record<string, string>> })
    | undefined;
  readonly logger: Logger;
  readonly now?: () => Date;
}
