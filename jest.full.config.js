import base from './jest.config.js';

process.env.TENURE_TEST_FULL = 'yes';

/** `npm run test:full`: all tests, with the complete matrices, of which the others run samples where a cell needs Pulumi. */
export default { ...base, testMatch: ['<rootDir>/test/**/*.test.ts'] };
