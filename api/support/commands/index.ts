import { abandon } from './abandon.ts';
import { adoptStack } from './adopt-stack.ts';
import { advance } from './advance.ts';
import { cancel } from './cancel.ts';
import type { SupportCommand } from './command.ts';
import { changePlan } from './change-plan.ts';
import { dismissAlert } from './dismiss-alert.ts';
import { erase } from './erase.ts';
import { extendTrial } from './extend-trial.ts';
import { mend } from './mend.ts';
import { refund } from './refund.ts';
import { resendMail } from './resend-mail.ts';
import { revokeKey } from './revoke-key.ts';
import { sendKeyLink } from './send-key-link.ts';
import { undoCancellation } from './undo-cancellation.ts';
import { unlock } from './unlock.ts';

/** What support can do, in the order of the console and of the command line's help. */
export const SUPPORT_COMMANDS: readonly SupportCommand[] = [
  extendTrial,
  changePlan,
  cancel,
  undoCancellation,
  abandon,
  refund,
  unlock,
  adoptStack,
  revokeKey,
  sendKeyLink,
  mend,
  dismissAlert,
  resendMail,
  erase,
  advance,
];
