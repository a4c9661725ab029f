import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WORKFLOW_TYPE } from '../../workflows/contract/customer.ts';
import * as workflows from '../../workflows/index.ts';
import { bundleChanged, workflowBundle } from '../support/lifecycle-bundle.ts';

/** Workflows that are not a phase of a customer's life. */
const OTHERS = [
  'accountMail',
  'billingPreview',
  'erasure',
  'instanceSignOut',
  'owedMail',
  'planPreview',
  'prospect',
  'provisioning',
  'reconciliation',
  'refund',
  'replayBatch',
  'stackLock',
  'stackPreview',
  'stepPreview',
];

test('the workflows bundle for the sandbox, which takes no builtin of Node and no worker or client', async () => {
  const { code } = await workflowBundle();
  for (const name of [...Object.values(WORKFLOW_TYPE), ...OTHERS]) expect(code).toContain(name);
});

test('the exported workflows are the registered names, no more and no fewer', () => {
  expect(Object.keys(workflows).sort()).toEqual([...Object.values(WORKFLOW_TYPE), ...OTHERS].sort());
});

test.each(['fs', '@temporalio/client'])('a workflow that imports %s is refused', async (name) => {
  const bundle = bundleChanged((folder) =>
    appendFile(
      join(folder, 'phase', 'send-or-alert.ts'),
      `\nimport * as planted from '${name}';\nexport const use = planted;\n`,
    ),
  );
  await expect(bundle).rejects.toThrow(new RegExp(`'${name}'`));
});
