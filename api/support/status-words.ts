/** Where a deployment stands, in the words of S1: the ones we keep. */
export type DeploymentStatus = 'pending' | 'provisioning' | 'ready' | 'failed' | 'deleted';

/** The same in the words of S3: each source's route answers in its own. */
export const S3_WORDS = {
  pending: 'pending',
  provisioning: 'deploying',
  ready: 'deployed',
  failed: 'failed',
  deleted: 'deleted',
} as const satisfies Record<DeploymentStatus, string>;

/** Of a customer who gets no instance, in every source's words. */
export const NO_INSTANCE = 'none' as const;

export const s3Word = (status: string): (typeof S3_WORDS)[DeploymentStatus] => S3_WORDS[status as DeploymentStatus];

/** States of a resource that is there and has no operation under way. */
const IN_PLACE: readonly string[] = ['created', 'updated', 'replaced', 'same'];
export const isInPlace = (resourceState: string): boolean => IN_PLACE.includes(resourceState);
