import { writeFile, mkdir, readdir, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { ProvisioningDeps } from '../../../activities/provisioning/index.ts';
import { storeCorrection, type CorrectionPatch } from '../../../infra/db/repositories/corrections.ts';
import { folderOf } from '../../../infra/tenant-stacks/local/folder.ts';
import { tenantNames } from '../../../infra/tenant-stacks/spec.ts';
import { activitiesOf, addCustomer, arrange, operationOf, type Arrangement } from './support/arrangement.ts';

let at: Arrangement;
beforeAll(async () => {
  at = await arrange();
});
afterAll(() => at.stop());

const apply = (customerId: string, deps: ProvisioningDeps = at.deps) => {
  const { activities, run } = activitiesOf(deps);
  return run(activities.applyStack, operationOf(customerId));
};
const preview = async (customerId: string, operation: 'create' | 'update' | 'destroy', patch?: CorrectionPatch) => {
  const { activities, run } = activitiesOf(at.deps);
  const stored = patch && { correctionId: await storePreview(customerId, patch) };
  return run(activities.previewStack, { customerId, operation, trialBeginsAnew: false, ...stored });
};
const storePreview = (customerId: string, patch: CorrectionPatch) =>
  storeCorrection(at.database, { customerId, patch, actor: 'staff', preview: true });
const customerRow = (customerId: string) =>
  at.database.selectFrom('customers').selectAll().where('customerId', '=', customerId).executeTakeFirstOrThrow();
const withTenants = (values: Partial<ProvisioningDeps['tenants']>): ProvisioningDeps => ({
  ...at.deps,
  tenants: { ...at.deps.tenants, ...values },
});

describe('failures are typed, short and without personal data', () => {
  test.each(['www', 'api', 'admin', 'status', 'Not Valid', '-x', ''])(
    'the name %p is refused; corrected, it works out',
    async (slug) => {
      const { customerId } = await addCustomer(at.database, { slug });
      await expect(apply(customerId)).rejects.toMatchObject({
        type: 'InvalidSpec',
        nonRetryable: true,
        message: expect.stringContaining('choose another name') as string,
      });
      expect(await customerRow(customerId)).toMatchObject({ deploymentStatus: 'failed' });
      expect((await customerRow(customerId)).deploymentError).toContain('choose another name');
      if (slug !== 'www') return;
      await at.database
        .updateTable('customers')
        .set({ slug: 'corrected' })
        .where('customerId', '=', customerId)
        .execute();
      await apply(customerId);
      expect(await customerRow(customerId)).toMatchObject({ deploymentStatus: 'ready', deploymentError: null });
    },
  );

  test('a name that another instance has is refused', async () => {
    const { customerId, slug } = await addCustomer(at.database);
    const folder = folderOf(at.deps.tenants.home, 'customer-somebody-else');
    await mkdir(folder);
    await writeFile(
      join(folder, 'instance.json'),
      JSON.stringify({ namespace: 'x', memoryMb: 128, host: `${slug}.${at.deps.tenants.domain}` }),
    );
    await expect(apply(customerId)).rejects.toMatchObject({
      type: 'InvalidSpec',
      message: expect.stringContaining('taken') as string,
    });
  });

  test('no room: QuotaExceeded, and once there is room it goes on', async () => {
    const { customerId } = await addCustomer(at.database);
    await expect(apply(customerId, { ...at.deps, limits: { maxTenants: 0 } })).rejects.toMatchObject({
      type: 'QuotaExceeded',
      nonRetryable: true,
    });
    await apply(customerId);
  });

  test('wrong credentials: ProviderAuth, and the message does not tell them', async () => {
    const { customerId } = await addCustomer(at.database);
    const url = new URL(at.deps.tenants.adminDatabaseUrl);
    url.password = 'wrong-password';
    const adminDatabaseUrl = url.href;
    const failure: unknown = await apply(customerId, withTenants({ adminDatabaseUrl })).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ type: 'ProviderAuth', nonRetryable: true });
    expect(String(failure)).not.toContain('wrong-password');
  });

  test('no gateway: GatewayUnavailable, which is waited out', async () => {
    const { customerId } = await addCustomer(at.database);
    await expect(apply(customerId, withTenants({ gatewayControlUrl: 'http://127.0.0.1:1' }))).rejects.toMatchObject({
      type: 'GatewayUnavailable',
      nonRetryable: false,
      message: expect.stringContaining('gateway does not answer') as string,
    });
    const { activities, run } = activitiesOf(withTenants({ gatewayPort: 1 }));
    await expect(run(activities.checkInstance, { customerId })).rejects.toMatchObject({ type: 'GatewayUnavailable' });
  });

  test('checkInstance names what is not as it should be, not the values', async () => {
    const { customerId } = await addCustomer(at.database, { companyName: 'Before' });
    await apply(customerId);
    const changed = { companyName: 'After', standing: 'read_only' };
    await at.database.updateTable('customers').set(changed).where('customerId', '=', customerId).execute();
    const { activities, run } = activitiesOf(at.deps);
    await expect(run(activities.checkInstance, { customerId })).rejects.toMatchObject({
      type: 'InstanceUnhealthy',
      message: 'The instance is not as it should be: company, mode.',
    });
  });
});

describe('preview', () => {
  test('with no stack: says what would be made, and leaves nothing', async () => {
    const { customerId } = await addCustomer(at.database);
    const result = await preview(customerId, 'create');
    expect(result.changes).toEqual({ create: 4, update: 0, delete: 0, same: 0 });
    expect([...result.lines].sort()).toEqual([
      'create TenantDatabase',
      'create TenantInstance',
      'create TenantRole',
      'create TenantSecrets',
    ]);
    const { activities, run } = activitiesOf(at.deps);
    await run(activities.verifyStackGone, { customerId });
    const { stack } = tenantNames(customerId);
    const files = [...(await readdir(tmpdir())), ...(await readdir(at.folder, { recursive: true }))];
    expect(files.filter((path) => path.includes(stack))).toEqual([]);
    expect(await at.database.selectFrom('stacks').selectAll().where('customerId', '=', customerId).execute()).toEqual(
      [],
    );
    expect(await preview(customerId, 'destroy')).toMatchObject({ lines: [] });
  });

  test('what a preview that was killed left goes with the next one; those under way keep theirs', async () => {
    const { customerId } = await addCustomer(at.database);
    const previews = join(at.deps.home, 'previews');
    for (const name of ['killed', 'under-way']) {
      await mkdir(join(previews, name), { recursive: true });
      await writeFile(join(previews, name, 'provider.json'), 'a password');
    }
    const longAgo = new Date(Date.now() - 2 * 60 * 60_000);
    await utimes(join(previews, 'killed'), longAgo, longAgo);
    await preview(customerId, 'create');
    expect(await readdir(previews)).toEqual(['under-way']);
  });

  test('with a stack: nothing, then an update, then a destroy, and none of it done', async () => {
    const { customerId } = await addCustomer(at.database);
    await apply(customerId);
    expect((await preview(customerId, 'update')).lines).toEqual([]);
    await at.database
      .updateTable('customers')
      .set({ plan: 'professional', terms: sql`terms || '{"connections": 20}'` })
      .where('customerId', '=', customerId)
      .execute();
    const { changes, lines } = await preview(customerId, 'update');
    expect(changes).toEqual({ create: 0, update: 2, delete: 0, same: 2 });
    expect([...lines].sort()).toEqual(['update TenantInstance (plan)', 'update TenantRole (connections)']);
    expect((await preview(customerId, 'destroy')).changes).toMatchObject({ delete: 4 });
    expect((await preview(customerId, 'update')).changes).toMatchObject({ update: 2 });
  });

  test('corrections that are only looked at are in it: a planted difference shows, and none of it is done', async () => {
    const { customerId, slug } = await addCustomer(at.database);
    await apply(customerId);
    const look = (patch: CorrectionPatch) => preview(customerId, 'update', patch);
    expect((await look({ region: 'us-east' })).lines).toEqual(['update TenantInstance (region)']);
    expect((await look({ slug: `${slug}-2` })).lines).toEqual(['update TenantInstance (host, url)']);
    // The name is secret for the engine too: it shows that the name changes, and not the name itself.
    expect((await look({ companyName: 'Zebra Works' })).lines).toEqual(['update TenantInstance']);
    await expect(look({ slug: 'smtp' })).rejects.toMatchObject({ type: 'InvalidSpec' });
    expect((await preview(customerId, 'update')).lines).toEqual([]);
    expect((await preview(customerId, 'create')).changes).toMatchObject({ create: 4 });
    expect(await customerRow(customerId)).toMatchObject({ slug, region: 'eu-central' });
  });

  test('a spec that cannot be built is refused as it would be', async () => {
    const { customerId } = await addCustomer(at.database, { slug: 'smtp' });
    await expect(preview(customerId, 'create')).rejects.toMatchObject({ type: 'InvalidSpec' });
  });
});
