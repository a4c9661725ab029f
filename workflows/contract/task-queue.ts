/** What the workers poll. */
export const TASK_QUEUE = { lifecycle: 'lifecycle', provisioning: 'provisioning' } as const;
