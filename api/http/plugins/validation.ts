import type { FastifyServerOptions } from 'fastify';
import { FORMATS } from '../../../infra/input/formats.ts';

/**
 * How requests are held to their schemas. All that is wrong is told at once, so patterns and formats also look at texts
 * that are too long: each has to take time in proportion to the text (test/infra/input/walk.test.ts).
 */
export const VALIDATION = {
  customOptions: { removeAdditional: false, coerceTypes: false, allErrors: true },
  onCreate: (ajv) => {
    for (const [name, { holds }] of Object.entries(FORMATS)) ajv.addFormat(name, holds);
  },
} satisfies FastifyServerOptions['ajv'];
