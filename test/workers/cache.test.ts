import { memoryBound, workflowsFor } from '../../workers/cache.ts';

const GB = 1024 ** 3;

test('as many workflows are kept as fit into the container, or a share of the machine', () => {
  expect(workflowsFor(memoryBound(0.5 * GB, 16 * GB))).toBe(224);
  expect(workflowsFor(memoryBound(0.25 * GB, 16 * GB))).toBe(20);
  for (const none of [0, 2 ** 63]) expect(workflowsFor(memoryBound(none, 16 * GB))).toBe(500);
  expect(workflowsFor(memoryBound(0, 2 * GB))).toBe(480);
});
