import { Context } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { HeartbeatInterceptor } from '../../workers/interceptors/heartbeat.ts';

/** Runs work that ends at the third beat, as an activity of that time-out. */
async function beatsOf(heartbeatTimeoutMs: number | undefined, work: (beaten: Promise<void>) => Promise<unknown>) {
  const environment = new MockActivityEnvironment(heartbeatTimeoutMs === undefined ? {} : { heartbeatTimeoutMs });
  const thrice = Promise.withResolvers<undefined>();
  let beats = 0;
  environment.on('heartbeat', () => {
    beats += 1;
    if (beats === 3) thrice.resolve(undefined);
  });
  await environment.run(() =>
    new HeartbeatInterceptor(Context.current()).execute({ args: [], headers: {} }, () => work(thrice.promise)),
  );
  return beats;
}

test('an activity with a heartbeat time-out beats while nothing happens in it', async () => {
  expect(await beatsOf(5_000, (beaten) => beaten)).toBe(3);
});

test('one that ends at once, or has no such time-out, costs no beat', async () => {
  expect(await beatsOf(5_000, () => Promise.resolve())).toBe(0);
  expect(await beatsOf(undefined, () => Promise.resolve())).toBe(0);
});
