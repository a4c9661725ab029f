import { CommandError, ConcurrentUpdateError } from '@pulumi/pulumi/automation/index.js';
import { StackFailure } from '../errors.ts';

const LOCKED = /the stack is currently locked by|conflict: another update/i;
const PASSPHRASE = /incorrect passphrase|passphrase must be set/i;

/** How the engine says, in its various words, that one of its processes or its provider was killed. */
const CUT_OFF = new RegExp(
  [
    'rpc error: code = (Unavailable|Canceled)',
    'error reading from server: EOF',
    'Error while dialing',
    'signal: killed',
    'killed with SIG',
    'plugin .{0,80}exited',
    'exited prematurely',
    'did not come alive',
  ].join('|'),
  'i',
);

/**
 * The coded reason of a failed operation. The engine's own text (which for a CommandError is all it printed) goes to the
 * stack log only.
 */
export function failureOf(error: unknown, diagnostics: string): StackFailure {
  if (error instanceof StackFailure) return error;
  const text = `${diagnostics}\n${error instanceof Error ? error.message : String(error)}`;
  const marked = StackFailure.find(text);
  if (marked) return marked;
  if (error instanceof ConcurrentUpdateError || LOCKED.test(text)) return new StackFailure('StackLocked');
  if (error instanceof CommandError && PASSPHRASE.test(text))
    return new StackFailure('ProviderAuth', 'The stack cannot be decrypted. Check PULUMI_CONFIG_PASSPHRASE.');
  return new StackFailure(CUT_OFF.test(text) ? 'ProvisioningInterrupted' : 'ProvisioningFailed');
}
