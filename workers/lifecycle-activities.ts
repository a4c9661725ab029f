import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type Stripe from 'stripe';
import { createAccountActivities } from '../activities/accounts/index.ts';
import { createBillingActivities } from '../activities/billing/index.ts';
import { createEmailActivities } from '../activities/email/index.ts';
import type { Mailer } from '../activities/email/mailer.ts';
import { createIdentityActivities, type Pool } from '../activities/identities/index.ts';
import { createLicenceActivities } from '../activities/licences/index.ts';
import { createProspectActivities } from '../activities/prospects/index.ts';
import { createRecordActivities } from '../activities/records/index.ts';
import { createReplayActivities } from '../activities/replays/index.ts';
import { createSupportActivities } from '../activities/support/index.ts';
import type { LifecycleConfig } from '../infra/config.ts';
import type { Database } from '../infra/db/database.ts';
import type { LinkBases } from '../infra/product/link-base.ts';
import type { LicenceSigner } from '../infra/licences.ts';

export interface LifecycleClients {
  readonly database: Database;
  readonly temporal: Client;
  readonly stripe: Stripe;
  readonly mailer: Mailer;
  readonly signer: LicenceSigner;
  readonly logger: Logger;
  /** That has the identities of customers, if they are elsewhere. */
  readonly pool?: Pool | undefined;
  readonly config: LinkBases & { readonly stripe: Pick<LifecycleConfig['stripe'], 'live' | 'testClocks' | 'prices'> };
}

/** Every activity except those of stacks, with the given clients. */
export function createLifecycleActivities(clients: LifecycleClients) {
  const { database, temporal, stripe, mailer, signer, logger, config, pool } = clients;
  const { publicUrl, publicUrls } = config;
  const billing = { database, stripe, config: config.stripe, publicUrl, publicUrls };
  return {
    ...createAccountActivities({ database }),
    ...createBillingActivities(billing),
    ...createEmailActivities({ mailer, database, temporal }),
    ...createIdentityActivities({ database, pool }),
    ...createLicenceActivities({ database, signer }),
    ...createProspectActivities({ database, temporal, licences: signer }),
    ...createRecordActivities({ ...billing, temporal }),
    ...createReplayActivities({ database, temporal }),
    ...createSupportActivities({ database, temporal, mailer, logger }),
  };
}
