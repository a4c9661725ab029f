import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastLine } from '../../../infra/local-platform/supervisor/last-line.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenure-log-'));
});
afterAll(() => rm(folder, { recursive: true }));

const said = async (text: string): Promise<string> => {
  await writeFile(join(folder, 'part.log'), text);
  return lastLine(join(folder, 'part.log'));
};

const entry = (extra: object) => JSON.stringify({ level: 60, time: '2026-11-27', part: 'api', ...extra });

test.each([
  [
    'a line of JSON',
    `${entry({ msg: 'first' })}\n${entry({ err: { message: 'no route' }, msg: 'it ended' })}\n`,
    'it ended: no route',
  ],
  [
    'a crash of Node',
    'x\nError: listen EADDRINUSE 127.0.0.1:1\n    at a\n    at b {\n  code: 1\n}\n\nNode.js v24.0.0\n',
    'Error: listen EADDRINUSE 127.0.0.1:1',
  ],
  [
    'Postgres',
    'LOG:  starting\nFATAL:  lock file exists\nLOG:  database system is shut down\n',
    'FATAL:  lock file exists',
  ],
  [
    'a sentence with which a process refuses to go on',
    `${entry({ msg: 'worker has stopped' })}\nPULUMI_BACKEND_URL points to another backend.\n`,
    'PULUMI_BACKEND_URL points to another backend.',
  ],
  [
    'the same sentence at each of its starts',
    `${entry({ msg: 'request' })}\nDATABASE_URL is missing.\nDATABASE_URL is missing.\n`,
    'DATABASE_URL is missing.',
  ],
  ['plain words', 'one\ntwo\n\n', 'two'],
  ['nothing', '', ''],
])('of %s the telling part is shown in words', async (_of, text, expected) => {
  expect(await said(text)).toBe(expected);
});

test('a long line is not shown in part as JSON, and its end is marked', async () => {
  const shown = await said(
    `${'-'.repeat(70_000)}\n${entry({ stack: 'x'.repeat(30_000), msg: 'word '.repeat(100) })}\n`,
  );
  expect(shown).toMatch(/^word word .*…$/);
  expect(shown).toHaveLength(200);
});

test('no log is nothing to show', () => {
  expect(lastLine(join(folder, 'missing.log'))).toBe('');
});
