import type { Running } from '../../../infra/embedded/child.ts';
import { Part, type Launch, type PartEvents } from '../../../infra/embedded/supervisor/part.ts';

const PACE = { quickMs: 30_000, mostQuickDeaths: 3, firstDelayMs: 1, longestDelayMs: 2 };

let told: string[];
const events: PartEvents = {
  spawned: () => undefined,
  failed: (name, message) => told.push(`${name}: ${message}`),
};
beforeEach(() => {
  told = [];
});

/** Runs until it is told to stop or to die. */
function lasting(): { launch: Launch; die: (why: string) => void; starts: () => number } {
  let end: (why: string) => void = () => undefined;
  let starts = 0;
  const launch: Launch = () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    end = resolve;
    starts += 1;
    const running: Running = {
      pid: 2 ** 22 + 1,
      exited: promise,
      stop: async () => {
        resolve('signal SIGTERM');
        await promise;
      },
    };
    return Promise.resolve(running);
  };
  return {
    launch,
    die: (why) => {
      end(why);
    },
    starts: () => starts,
  };
}

test('a part that dies too often in a row is given up, loudly, and another goes on', async () => {
  const other = lasting();
  const steady = new Part('steady', other.launch, events, PACE);
  const broken = new Part('broken', () => Promise.reject(new Error('no such file')), events, PACE);
  await expect(broken.ready).rejects.toThrow(
    'broken: no such file; given up after 3 quick deaths. The other parts go on.',
  );
  await steady.ready;
  expect(told.map((line) => line.split(';')[1]?.trim())).toEqual([
    'starting it again in 0.001 s',
    'starting it again in 0.002 s',
    'given up after 3 quick deaths. The other parts go on.',
  ]);
  await steady.stop(10);
  await broken.stop(10);
});

test('a part that is stopped is not started again', async () => {
  const { launch, starts } = lasting();
  const part = new Part('part', launch, events, PACE);
  await part.ready;
  await part.stop(10);
  expect(starts()).toBe(1);
  expect(told).toEqual([]);
});

test('a part that lived long enough before it died starts its count anew', async () => {
  const { launch, die, starts } = lasting();
  const part = new Part('part', launch, events, { ...PACE, quickMs: 0 });
  await part.ready;
  for (let deaths = 1; deaths <= 5; deaths += 1) {
    die('exit code 1');
    while (starts() === deaths) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  expect(told).toEqual(Array.from({ length: 5 }, () => 'part: ended with exit code 1; starting it again in 0.001 s'));
  await part.stop(10);
});
