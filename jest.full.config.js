import base from './jest.config.js';

process.env.TENURE_TEST_FULL = 'yes';

/** `npm run test:full`: the complete matrices, of which `npm test` runs samples where a cell needs Pulumi. */
export default base;
