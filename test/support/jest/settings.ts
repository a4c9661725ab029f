import { runFolderOf } from '../test-run.ts';

// What jest's configuration passes to the processes that run test files.

/** The folder of this run, which its test files share. */
export const RUN_FOLDER = process.env['TENURE_TEST_RUN'] ?? runFolderOf(process.pid);

/** Run the complete matrices instead of samples. */
export const IS_FULL = process.env['TENURE_TEST_FULL'] !== undefined;
