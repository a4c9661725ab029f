import { once } from 'node:events';
import { duplexPair } from 'node:stream';
import { InstanceChannel } from '../../../../../infra/tenant-stacks/local/gateway/instance-channel.ts';

function open() {
  const [ours, theirs] = duplexPair();
  const channel = new InstanceChannel(ours);
  return { channel, says: (line: string) => void theirs.write(`${line}\n`) };
}
const READY = { kind: 'ready', port: 3_000 };

test('an answer goes to the request it names, whatever else is asked meanwhile', async () => {
  const { channel, says } = open();
  says(JSON.stringify(READY));
  expect(await once(channel, 'message')).toEqual([READY]);
  const [first, second] = [channel.ask('usage'), channel.ask('are you there')];
  says(JSON.stringify({ kind: 'refused', id: 2, message: 'no' }));
  says(JSON.stringify({ kind: 'reply', id: 1, value: { devices: 1 } }));
  await expect(second).rejects.toThrow('no');
  expect(await first).toEqual({ devices: 1 });
  const nothing = channel.ask('signOut');
  says(JSON.stringify({ kind: 'reply', id: 3, value: undefined }));
  expect(await nothing).toBeUndefined();
});

test.each([
  ['no JSON', 'garbage'],
  ['a port that is none', JSON.stringify({ ...READY, port: 70_000 })],
  ['a message of no known kind', JSON.stringify({ kind: 'stop' })],
  ['a line without an end', 'x'.repeat(70_000)],
])('%s is a breach, and hurts nobody', async (_name, line) => {
  const { channel, says } = open();
  const breach = once(channel, 'breach');
  says(line);
  await breach;
});

test('what nobody has asked for is a breach: it cannot keep the gateway busy', async () => {
  const { channel, says } = open();
  const heard: unknown[] = [];
  channel.on('message', (message) => heard.push(message));
  const breach = once(channel, 'breach');
  for (let time = 0; time < 100; time += 1) says(JSON.stringify(READY));
  await breach;
  expect(heard).toEqual([READY]);
});
