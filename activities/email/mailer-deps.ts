import type { SESClient } from '@aws-sdk/client-ses';
import type { Config } from '../../infra/config.ts';
import type { Database } from '../../infra/db/database.ts';
import type { Product } from '../../infra/product/define-product.ts';
import type { LinkBases } from '../../infra/product/link-base.ts';

export interface MailerDeps extends LinkBases {
  readonly database: Database;
  readonly ses: SESClient;
  readonly mail: Config['mail'];
  /** Mails about no customer in particular carry the name of the first one. */
  readonly products: readonly Pick<Product, 'profile' | 'mails'>[];
}
