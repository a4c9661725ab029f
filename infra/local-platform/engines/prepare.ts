import { findEngines } from './find.ts';

try {
  await findEngines();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
