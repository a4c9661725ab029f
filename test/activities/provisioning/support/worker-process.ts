import { text } from 'node:stream/consumers';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createProvisioningActivities, type ProvisioningDeps } from '../../../../activities/provisioning/index.ts';
import { openDatabase } from '../../../../infra/db/database.ts';
import type { StackOperation } from '../../../../workflows/contract/stack.ts';

/** Takes the place of a provisioning worker: one activity in a process that a test can kill. */
export interface WorkerOrder {
  readonly deps: Omit<ProvisioningDeps, 'database'>;
  readonly databaseUrl: string;
  readonly operation: StackOperation;
}

const { deps, databaseUrl, operation } = JSON.parse(await text(process.stdin)) as WorkerOrder;
const { applyStack } = createProvisioningActivities({ ...deps, database: openDatabase(databaseUrl) });
await new MockActivityEnvironment().run(applyStack, operation);
process.exit(0);
