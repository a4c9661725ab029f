/** Every target there is, known without loading any. */
export const TARGET_NAMES = ['local'] as const;
export type TargetName = (typeof TARGET_NAMES)[number];
