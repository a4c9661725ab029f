import { tenantNames } from '../../spec.ts';
import { findCredentials, folderOf } from '../folder.ts';
import type { SecretsInputs } from '../resources.ts';
import type { ResourceHandler } from './handler.ts';
import { randomText } from './random-text.ts';

const SECRET_LENGTH = 32;

/** In the stack's encrypted state and in the instance's credentials: devices hold them, so they outlive the state. */
export const secretsHandler: ResourceHandler<SecretsInputs, { jwtSecret: string; deviceApiKey: string }> = {
  secrets: ['jwtSecret', 'deviceApiKey'],
  identity: 'customerId',
  async create({ customerId }, { home }) {
    const credentials = await findCredentials(folderOf(home, tenantNames(customerId).namespace));
    return {
      jwtSecret: credentials?.jwtSecret ?? randomText(SECRET_LENGTH),
      deviceApiKey: credentials?.deviceApiKey ?? randomText(SECRET_LENGTH),
    };
  },
  exists: () => Promise.resolve(true),
  update: (_inputs, { jwtSecret, deviceApiKey }) => Promise.resolve({ jwtSecret, deviceApiKey }),
  delete: () => Promise.resolve(),
};
