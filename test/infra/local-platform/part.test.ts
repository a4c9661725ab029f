import type { Running } from '../../../infra/processes/child.ts';
import { Part, type Launch, type PartEvents } from '../../../infra/local-platform/supervisor/part.ts';
import { eventually } from '../../support/eventually.ts';

const PACE = { quickMs: 30_000, firstDelayMs: 1, longestDelayMs: 2 };

let told: string[];
let room: boolean;
const events: PartEvents = {
  hasRoom: () => Promise.resolve(room),
  spawned: () => undefined,
  failed: (name, message) => told.push(`${name}: ${message}`),
};
beforeEach(() => {
  told = [];
  room = true;
});

/** Runs until it gets the order to stop or to die. */
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

test('a part that keeps dying is never given up: told until the longest delay, then tried on in silence', async () => {
  let tries = 0;
  const late = lasting();
  const launch: Launch = (onSpawn) => {
    tries += 1;
    return tries < 20 ? Promise.reject(new Error('no such file')) : late.launch(onSpawn);
  };
  const part = new Part('part', launch, events, PACE);
  await part.ready;
  expect(tries).toBe(20);
  expect(told).toEqual([
    'part: no such file; starting it again in 0.001 s',
    'part: no such file; it is started again every 0.002 s until it stays up. The other parts keep running',
  ]);
  await part.stop(10);
});

test('on a full disk a part is started again when there is room, not before', async () => {
  const { launch, die, starts } = lasting();
  const part = new Part('part', launch, events, PACE);
  await part.ready;
  room = false;
  die('exit code 1');
  await eventually('the full disk to be told', () => told.length > 0);
  expect(told).toEqual(['part: ended with exit code 1; the disk is full: it is started again when there is room']);
  expect(starts()).toBe(1);
  room = true;
  await eventually('another start', () => starts() === 2);
  await part.stop(10);
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
