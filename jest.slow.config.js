import base from './jest.config.js';

/** `npm run test:slow`: further failures of what `npm test` has shown to work. Continuous integration runs both. */
export default { ...base, testMatch: ['<rootDir>/test/**/*.slow.test.ts'] };
