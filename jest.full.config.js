import base from './jest.config.js';

/** `npm run test:full`: the complete matrices, of which `npm test` runs samples where a cell needs Pulumi. */
export default { ...base, globals: { ...base.globals, TENURE_FULL: true } };
