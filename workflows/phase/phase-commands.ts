import type { CommandName, Commands } from '../contract/commands.ts';
import type { Outlook } from '../contract/customer.ts';

/** How a phase answers a command: `refuse` returns a sentence when it cannot be taken now. */
export interface PhaseCommand<N extends CommandName> {
  refuse?(argument: Commands[N]['argument']): string | undefined;
  run(argument: Commands[N]['argument']): Promise<Commands[N]['result']>;
}
export type PhaseCommands = { [N in CommandName]?: PhaseCommand<N> };

/** What a phase answers when somebody asks. */
export interface PhaseAnswers {
  /** Commands this phase takes; all others are refused with a reason. */
  commands(): PhaseCommands;
  /** Whether the customer leaves at the end of the trial or of what is paid. Absent: not in this phase. */
  leavesAtEnd?(): boolean;
  /** Whether Stripe charges the customer at the end of the trial. Absent: not in this phase. */
  paysAtEnd?(): boolean;
  /** What is ahead of a trial or a subscription. Absent: not in this phase. */
  outlook?(): Outlook;
}
