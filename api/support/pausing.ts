import type { Commands } from '../../workflows/contract/commands.ts';
import type { AppDeps } from '../http/deps.ts';
import { sendCommand } from './commands.ts';
import { livingCustomer, recordCommand, type CommandRequest } from './customer-commands.ts';

/** Pauses the plan for so many months. @returns from when, and until when. ISO 8601 */
export async function pausePlan(
  deps: AppDeps,
  command: CommandRequest,
  { months }: { readonly months: number },
): Promise<Commands['pause']['result']> {
  await livingCustomer(deps, command.customerId);
  const who = await recordCommand(deps, command, 'pause', { details: { months } });
  return sendCommand(deps, command.customerId, 'pause', { ...who, months }, command);
}

/** Ends the pause now. */
export async function resumePlan(deps: AppDeps, command: CommandRequest): Promise<void> {
  await livingCustomer(deps, command.customerId);
  const who = await recordCommand(deps, command, 'resume', {});
  await sendCommand(deps, command.customerId, 'resume', who, command);
}
