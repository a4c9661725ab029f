import type { SecretsInputs } from '../resources.ts';
import type { ResourceHandler } from './handler.ts';
import { randomText } from './random-text.ts';

const SECRET_LENGTH = 32;

/** Lives in the stack's encrypted state only. */
export const secretsHandler: ResourceHandler<SecretsInputs, { jwtSecret: string; deviceApiKey: string }> = {
  secrets: ['jwtSecret', 'deviceApiKey'],
  identity: 'customerId',
  create: () => Promise.resolve({ jwtSecret: randomText(SECRET_LENGTH), deviceApiKey: randomText(SECRET_LENGTH) }),
  exists: () => Promise.resolve(true),
  update: (_inputs, { jwtSecret, deviceApiKey }) => Promise.resolve({ jwtSecret, deviceApiKey }),
  delete: () => Promise.resolve(),
};
