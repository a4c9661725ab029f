export { cancellation } from './cancellation.ts';
export { onboarding } from './onboarding.ts';
export { provisioning } from './provisioning.ts';
export { replayBatch } from './replay-batch.ts';
export { stackPreview } from './stack-preview.ts';
export { subscription } from './subscription.ts';
export { trialCountdown } from './trial-countdown.ts';
