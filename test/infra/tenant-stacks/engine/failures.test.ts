import { failureOf } from '../../../../infra/tenant-stacks/engine/failures.ts';
import { StackFailure } from '../../../../infra/tenant-stacks/errors.ts';

/** What the engine said when one of its processes was killed, as read in the logs of storms. */
const WORDS_OF_A_KILL = [
  'error: Detected that /home/t/plugins/1/pulumi-resource-tenure exited prematurely.',
  "error: tenure (resource) plugin [/t/pulumi-resource-tenure] did not come alive: failed to handshake with '/t'",
  'error: connection error: desc = "transport: Error while dialing: dial tcp 127.0.0.1:1: connect: connection refused"',
  'stderr: Command was killed with SIGKILL (Forced termination): pulumi up --yes',
  'error: error reading from server: EOF',
  'error: rpc error: code = Unavailable desc = closing',
];

test.each(WORDS_OF_A_KILL)('%s: the operation was cut off, which is waited out', (words) => {
  expect(failureOf(new Error(words), '')).toMatchObject({ type: 'ProvisioningInterrupted' });
  expect(failureOf(new Error('failed'), words)).toMatchObject({ type: 'ProvisioningInterrupted' });
});

test('what the provider said itself comes first; what nobody has a name for is a failure', () => {
  const said = `${new StackFailure('QuotaExceeded').message}\n${WORDS_OF_A_KILL[0] ?? ''}`;
  expect(failureOf(new Error('failed'), said)).toMatchObject({ type: 'QuotaExceeded' });
  expect(failureOf(new Error('error: bad program'), '')).toMatchObject({ type: 'ProvisioningFailed' });
});
