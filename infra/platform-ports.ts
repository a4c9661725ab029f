import { randomInt } from 'node:crypto';

/** Preferred ports: the next free one is taken when one is in use; 0 asks for any free port. */
export const PLATFORM_PORTS = {
  api: ['PORT', 3100],
  gateway: ['TENANT_GATEWAY_PORT', 3180],
  gatewayControl: ['GATEWAY_CONTROL_PORT', 3181],
  temporal: ['TEMPORAL_PORT', 7233],
  temporalUi: ['TEMPORAL_UI_PORT', 8233],
  /** Behind the fence: no page is to guess it. Below the ports that systems give to outgoing connections. */
  temporalUiServer: ['TEMPORAL_UI_SERVER_PORT', randomInt(20_000, 30_000)],
  postgres: ['POSTGRES_PORT', 5433],
  stripe: ['STRIPE_EMULATOR_PORT', 12111],
  mail: ['MAIL_PORT', 8005],
  identities: ['IDENTITIES_PORT', 8006],
  lifecycleWorker: ['LIFECYCLE_WORKER_PORT', 8007],
  provisioningWorker: ['PROVISIONING_WORKER_PORT', 8008],
} as const satisfies Record<string, readonly [string, number]>;

export type PlatformPort = keyof typeof PLATFORM_PORTS;
