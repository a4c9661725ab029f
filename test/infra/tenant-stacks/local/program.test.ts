import * as pulumi from '@pulumi/pulumi';
import { localProgram } from '../../../../infra/tenant-stacks/local/program.ts';
import { eventually } from '../../../support/eventually.ts';
import { SPEC } from '../support.ts';

interface Made {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
}

async function make(): Promise<{ made: Made[]; outputs: object }> {
  const made: Made[] = [];
  await pulumi.runtime.setMocks({
    newResource: ({ type, name, inputs }) => {
      made.push({ type, name, inputs: inputs as Record<string, unknown> });
      return { id: name, state: { ...(inputs as object), password: 'p', jwtSecret: 'j', deviceApiKey: 'd' } };
    },
    call: () => ({}),
  });
  const outputs = await localProgram(SPEC)();
  // Inputs that depend on other resources' outputs arrive a few turns later.
  await eventually('every resource', () => made.length === 4);
  return { made, outputs };
}

test('S1-7 a tenant is a role, a database, secrets and an instance, named by the id', async () => {
  const { made, outputs } = await make();
  expect(made.map(({ type }) => type).sort()).toEqual([
    'tenure:local:TenantDatabase',
    'tenure:local:TenantInstance',
    'tenure:local:TenantRole',
    'tenure:local:TenantSecrets',
  ]);
  for (const { name } of made) expect(name).not.toContain('acme');
  expect(outputs).toEqual({ instanceUrl: 'http://acme.localhost:3180', namespace: SPEC.namespace });
});

test('the company and the licence are secrets for the engine; the host is not', async () => {
  const { made } = await make();
  const instance = made.find(({ type }) => type.endsWith('TenantInstance'));
  const isSecret = (key: string): boolean => typeof instance?.inputs[key] === 'object';
  expect(['company', 'licence', 'host', 'mode'].map(isSecret)).toEqual([true, true, false, false]);
});
