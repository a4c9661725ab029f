import { endRun, runFolderOf } from '../test-run.ts';

export default (): Promise<void> => endRun(runFolderOf(process.pid));
