import { setCurrentDetails } from '@temporalio/workflow';
import { provisioning } from './activity-calls/proxies.ts';
import type { PreviewInput, StackChanges } from './contract/replay.ts';

/** What a replay would change in a stack, computed by the engine itself. Changes nothing, and gives up quickly. */
export async function stackPreview({ operation, ...asked }: PreviewInput): Promise<StackChanges> {
  setCurrentDetails(`preview of ${operation} · ${asked.customerId}`);
  // Somebody is waiting at a screen: one attempt, and the caller sets the overall time limit.
  const options = { retry: { maximumAttempts: 1 }, startToCloseTimeout: '1m' } as const;
  const preview = (kind: 'create' | 'update' | 'destroy'): Promise<StackChanges> =>
    provisioning.previewStack.executeWithOptions(options, [{ ...asked, operation: kind }]);
  if (operation === 'update') return preview('update');
  return joined(await preview('destroy'), await preview('create'));
}

function joined(one: StackChanges, other: StackChanges): StackChanges {
  const { create, update, delete: deleted, same } = other.changes;
  return {
    changes: {
      create: one.changes.create + create,
      update: one.changes.update + update,
      delete: one.changes.delete + deleted,
      same: one.changes.same + same,
    },
    lines: [...one.lines, ...other.lines],
  };
}
