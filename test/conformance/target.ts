import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { targetOf } from '../../activities/provisioning/deps.ts';
import { readSpec } from '../../activities/provisioning/desired-spec.ts';
import type { ProgressEntry } from '../../infra/db/repositories/stacks.ts';
import type { Target } from '../../infra/tenant-stacks/target.ts';
import {
  activitiesOf,
  addCustomer,
  end,
  operationOf,
  type Arrangement,
} from '../activities/provisioning/support/arrangement.ts';
import type { WorkerOrder } from '../activities/provisioning/support/worker-process.ts';
import { eventually } from '../support/eventually.ts';

const worker = new URL('../activities/provisioning/support/worker-process.ts', import.meta.url).pathname;

interface Conforming {
  readonly name: string;
  readonly arrange: () => Promise<Arrangement>;
  /** The numbers of finished resources after which a create is killed, one test each. */
  readonly killedAfter: readonly number[];
}

/**
 * The promises of every target, tested by its interface alone and through Tenure's own activities: a stack is created
 * once, complete after a kill, updated, repaired when it has drifted, backed up, and removed without a trace.
 */
export function describeTarget({ name, arrange, killedAfter }: Conforming): void {
  describe(`target ${name}`, () => {
    let at: Arrangement;
    let target: Target;
    let customerId: string;
    let calls: ReturnType<typeof activitiesOf>;
    const inventory = async () => Object.values(await target.inventory(customerId));
    const apply = (operation: Parameters<typeof operationOf>[1]) =>
      calls.run(calls.activities.applyStack, operationOf(customerId, operation));
    const isWell = async () => target.health(await readSpec(at.deps, customerId));
    const set = (changed: { readonly standing?: string; readonly slug?: string }) =>
      at.database.updateTable('customers').set(changed).where('customerId', '=', customerId).execute();
    const stack = () =>
      at.database.selectFrom('stacks').selectAll().where('customerId', '=', customerId).executeTakeFirstOrThrow();

    beforeAll(async () => {
      at = await arrange();
      target = targetOf(at.deps, name);
      calls = activitiesOf(at.deps);
    });
    afterAll(() => at.stop());
    beforeEach(async () => {
      ({ customerId } = await addCustomer(at.database, {}, name));
    });
    afterEach(() => target.sweep(customerId));

    test('one that is not there: nothing of it is, it is not well, and nothing need be taken away', async () => {
      expect(await inventory()).not.toContain(true);
      await expect(isWell()).resolves.not.toBeUndefined();
      await target.endSessions(customerId, { version: 1, entries: [randomUUID()] });
      await target.sweep(customerId);
      expect(await target.hasSecrets(customerId)).toBe(false);
    });

    test('what cannot be built is refused before anything is made', async () => {
      await set({ slug: 'www' });
      await expect(apply('create')).rejects.toMatchObject({ type: 'InvalidSpec', nonRetryable: true });
      expect(await inventory()).not.toContain(true);
    });

    test('made once, updated, mended, destroyed', async () => {
      const made = await apply('create');
      expect(await inventory()).not.toContain(false);
      expect(await isWell()).toBeUndefined();
      expect(await target.hasSecrets(customerId)).toBe(true);
      expect((await target.instances()).find((one) => one.customerId === customerId)).toEqual({
        customerId,
        trouble: null,
      });
      const { outputs } = await stack();
      expect(outputs).toMatchObject({
        namespace: made.namespace,
        instanceUrl: expect.stringMatching(/^https?:/) as string,
      });
      expect(await apply('create')).toEqual(made);

      await set({ standing: 'suspended' });
      expect(await isWell()).toMatch(/mode/);
      await apply('update');
      expect(await isWell()).toBeUndefined();

      await target.sweep(customerId);
      expect(await inventory()).not.toContain(true);
      await apply('update');
      expect(await inventory()).not.toContain(false);
      expect(await isWell()).toBeUndefined();

      await calls.run(calls.activities.destroyStack, operationOf(customerId, 'destroy'));
      expect(await inventory()).not.toContain(true);
      await calls.run(calls.activities.verifyStackGone, { customerId });
      await calls.run(calls.activities.destroyStack, operationOf(customerId, 'destroy'));
    });

    test('its data, if it has any, is saved and put back as it was', async () => {
      if (!target.data) return;
      const folder = await mkdtemp(join(tmpdir(), 'tenure-conformance-'));
      try {
        expect(await target.data.backup(customerId, join(folder, 'none'))).toBeUndefined();
        await apply('create');
        const saved = await target.data.backup(customerId, join(folder, 'saved'));
        expect(saved?.tables).not.toHaveLength(0);
        expect(await target.data.restore(customerId, join(folder, 'saved'))).toEqual(saved);
        expect(await isWell()).toBeUndefined();
      } finally {
        await rm(folder, { recursive: true });
      }
    });

    test.each(killedAfter)('killed after %i resources, the same operation finishes it, once', async (resources) => {
      const operation = operationOf(customerId);
      const { home, pulumi, tenants, licencePublicKey, publicUrl } = at.deps;
      const deps = { home, pulumi, tenants, licencePublicKey, publicUrl };
      const order: WorkerOrder = { deps, databaseUrl: at.deps.tenants.adminDatabaseUrl, operation };
      const child = spawn(process.execPath, [worker], { stdio: ['pipe', 'ignore', 'ignore'] });
      child.stdin.end(JSON.stringify(order));
      const finished = async () => {
        const row = await at.database
          .selectFrom('stacks')
          .select('progress')
          .where('customerId', '=', customerId)
          .executeTakeFirst();
        return ((row?.progress ?? []) as unknown as ProgressEntry[]).filter(({ state }) => state === 'created').length;
      };
      await eventually(`${String(resources)} resources`, async () => (await finished()) >= resources);
      await end(child, 'SIGKILL');
      const { version } = await calls.run(calls.activities.applyStack, operation);
      expect(version).toBe(1);
      expect(await inventory()).not.toContain(false);
      expect(await isWell()).toBeUndefined();
      await calls.run(calls.activities.destroyStack, operationOf(customerId, 'destroy'));
      await calls.run(calls.activities.verifyStackGone, { customerId });
    });
  });
}
