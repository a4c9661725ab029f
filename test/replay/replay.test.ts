import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DefaultLogger, Runtime, Worker, type WorkflowBundle } from '@temporalio/worker';
import * as workflows from '../../workflows/index.ts';
import { bundleChanged, workflowBundle } from '../support/lifecycle-bundle.ts';
import { listFixtures, readFixture, readManifest, strayFixtures } from './manifest.ts';

// Histories recorded from the real server, of every workflow type and also of customers who are in the middle of it:
// today's code must take each of them the same way again.
interface Recorded {
  readonly events: readonly { readonly eventType: string }[];
}

let fixtures: Record<string, string>;
beforeAll(async () => {
  // These tests are about what the SDK says when the code was changed on purpose.
  Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });
  const paths = await listFixtures();
  fixtures = Object.fromEntries(await Promise.all(paths.map(async (path) => [path, await readFixture(path)] as const)));
});

async function replay(
  bundle: WorkflowBundle,
  of: (path: string) => boolean = () => true,
): Promise<Record<string, string | undefined>> {
  const histories = Object.entries(fixtures)
    .filter(([path]) => of(path))
    .map(([path, text]) => ({ workflowId: path, history: JSON.parse(text) as unknown }));
  const problems: Record<string, string | undefined> = {};
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle: bundle }, histories))
    problems[workflowId] = error?.name;
  return problems;
}

test('there are recorded histories of every workflow type, some of them unfinished', () => {
  const types = new Set(Object.keys(fixtures).map((path) => path.split('/')[0]));
  expect([...types].sort()).toEqual(Object.keys(workflows).sort());
  const lastEvent = (text: string): string => (JSON.parse(text) as Recorded).events.at(-1)?.eventType ?? '';
  const unfinished = Object.entries(fixtures)
    .filter(([, text]) => !/EXECUTION_(COMPLETED|FAILED|CONTINUED_AS_NEW)$/.test(lastEvent(text)))
    .map(([path]) => path.replace(/history\.[\d.]+\.(?=[a-z])/, ''));
  expect(unfinished).toEqual(expect.arrayContaining(['onboarding/parked.json', 'trialCountdown/mid-trial.json']));
});

test('they are as they were recorded', async () => {
  const manifest = await readManifest();
  expect(strayFixtures(manifest, fixtures)).toEqual([]);
});

test('one that is changed, missing or added by hand is noticed', async () => {
  const manifest = await readManifest();
  const [path = '', ...others] = Object.keys(fixtures);
  const text = fixtures[path] ?? '';
  expect(strayFixtures(manifest, { ...fixtures, [path]: text.replace('"1"', '"2"') })).toEqual([path]);
  expect(strayFixtures(manifest, { ...fixtures, 'onboarding/history.9.9.9.new.json': '{}' })).toHaveLength(1);
  expect(strayFixtures(manifest, Object.fromEntries(others.map((other) => [other, fixtures[other] ?? ''])))).toEqual([
    path,
  ]);
});

test("today's code replays them all", async () => {
  const problems = await replay(await workflowBundle());
  expect(problems).toEqual(Object.fromEntries(Object.keys(fixtures).map((path) => [path, undefined])));
});

/** Swaps two passages of a file. */
async function swap(file: string, one: RegExp, other: RegExp): Promise<void> {
  const text = await readFile(file, 'utf8');
  const [first, second] = [one.exec(text)?.[0], other.exec(text)?.[0]];
  if (first === undefined || second === undefined) throw new Error('The seed does not fit the code any more.');
  const swapped = text.replace(first, '\u0000').replace(second, first).replace('\u0000', second);
  await writeFile(file, swapped);
}

test('two steps of the onboarding in another order would be noticed, except for customers who have steps in their terms', async () => {
  const reordered = await bundleChanged((folder) =>
    swap(join(folder, 'domain/core-steps.ts'), /^ {2}welcomeMail: .*\n/m, /^ {2}stripeCustomer: .*\n/m),
  );
  const problems = await replay(reordered, (path) => path.startsWith('onboarding/'));
  const withRows = Object.entries(problems).filter(([path]) => /own-step|free-plan/.test(path));
  const others = Object.entries(problems).filter(([path]) => !withRows.some(([one]) => one === path));
  expect(others.map(([, problem]) => problem)).not.toContain(undefined);
  expect(withRows.map(([, problem]) => problem)).toEqual([undefined, undefined]);
});

test('two duties of the cancellation in another order would be noticed', async () => {
  const reordered = await bundleChanged((folder) =>
    swap(join(folder, 'cancellation.ts'), /'note the cancellation'[^;]*/, /'revoke access'[^;]*/),
  );
  const problems = await replay(reordered, (path) => path.startsWith('cancellation/'));
  expect(Object.values(problems)).not.toContain(undefined);
});

test('they name nobody: ids only, no address, no company, no machine', () => {
  for (const [path, text] of Object.entries(fixtures)) {
    const payloads = [...text.matchAll(/"data": "([A-Za-z0-9+/=]+)"/g)].map(([, data]) =>
      Buffer.from(data ?? '', 'base64').toString(),
    );
    // Only names, ids and times are left; random bytes in base64 may spell anything.
    const rest = text.replaceAll(/"data": "[^"]*"/g, '');
    const said = [...payloads, rest].join('\n');
    expect([path, /Acme|Ada |\.example|Horse/.exec(said)?.[0]]).toEqual([path, undefined]);
  }
});
