import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import packaged, { inflate } from '@sparticuz/chromium';
import { chromium, type Browser } from 'playwright-core';

const LIBRARIES = join(tmpdir(), 'al2023', 'lib');

/** The npm package of Chromium brings the libraries that a bare machine lacks. */
async function launchPackaged(): Promise<Browser> {
  const bin = fileURLToPath(new URL('../bin/', import.meta.resolve('@sparticuz/chromium')));
  if (!existsSync(LIBRARIES)) await inflate(join(bin, 'al2023.tar.br'));
  const executablePath = await packaged.executablePath(bin);
  const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];
  return chromium.launch({ executablePath, args, env: { LD_LIBRARY_PATH: LIBRARIES } });
}

/** A real browser: the packaged one on Linux (x64), elsewhere the machine's own Chrome. */
export const launchChromium = (): Promise<Browser> =>
  process.platform === 'linux' && process.arch === 'x64' ? launchPackaged() : chromium.launch({ channel: 'chrome' });
