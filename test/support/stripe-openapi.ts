import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MODULE = 'github.com/stripe/stripe-mock';
const RECIPE = fileURLToPath(new URL('../../infra/local-platform/engines/stripe-mock/', import.meta.url));

let found: Promise<string> | undefined;

async function find(): Promise<string> {
  await run('go', ['mod', 'download', MODULE], { cwd: RECIPE }).catch((error: unknown) => {
    throw new Error(
      `Stripe's OpenAPI document comes with the Go module ${MODULE}, which could not be fetched: install Go and allow it to download modules.`,
      { cause: error },
    );
  });
  const { stdout } = await run('go', ['list', '-m', '-f', '{{.Dir}}', MODULE], { cwd: RECIPE });
  const file = join(stdout.trim(), 'embedded', 'openapi', 'spec3.json');
  await access(file);
  return file;
}

/** Path of Stripe's own OpenAPI document (8 MB), in the Go module cache. Fetched once when it is missing. */
export const findStripeOpenapi = (): Promise<string> => (found ??= find());
