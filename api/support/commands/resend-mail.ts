import { Type } from 'typebox';
import type { EmailClaim } from '../../../infra/db/repositories/emails.ts';
import { Accepted } from '../../schemas/commands.ts';
import { Closed, Reason, Uuid } from '../../schemas/common.ts';
import type { CustomerDetail } from '../customer-detail.ts';
import { formatTime } from '../format-time.ts';
import { command, REASON, type Choice } from './command.ts';

const UNSENT: Readonly<Record<string, string>> = {
  failed: 'not sent',
  unknown: 'may have been sent',
} satisfies Partial<Record<EmailClaim['state'], string>>;

const unsentMails = ({ emails }: CustomerDetail): Choice[] =>
  emails.flatMap(({ emailId, template, state, claimedAt }) => {
    const said = UNSENT[state];
    return said === undefined ? [] : [{ value: emailId, label: `${template}, ${said} (${formatTime(claimedAt)})` }];
  });

export const resendMail = command({
  name: 'resend-mail',
  role: 'operator',
  console: {
    ...{ title: 'Resend a mail', button: 'Send it' },
    done: 'The mail will be sent as soon as the mail service accepts it; the timeline will show it.',
    offered: ({ detail }) => unsentMails(detail).length > 0,
  },
  help: 'send a mail that was not sent; `show` lists them',
  operationId: 'resendMail',
  summary: 'Send a mail that was not sent, or one that may not have been',
  errors: [409, 504],
  atOnce: true,
  inputs: [
    {
      kind: 'choice',
      field: 'email_id',
      label: 'Mail',
      from: unsentMails,
      wrong: ['The choice is missing', 'Choose the mail to send.'],
      option: ['--id <mail>', 'id of the mail'],
    },
    {
      kind: 'tick',
      field: 'may_come_twice',
      inForm: 'twice',
      label: 'Send it although it may already have been sent: the customer may get it twice',
      option: ['--may-come-twice', 'send it although it may already have been sent'],
    },
    REASON,
  ],
  body: Closed(
    {
      email_id: Uuid,
      may_come_twice: Type.Optional(
        Type.Boolean({
          default: false,
          description: 'Required for a mail whose state is unknown: the customer may already have it.',
        }),
      ),
      reason: Reason,
    },
    {
      examples: [
        { email_id: '0b6f0e5c-3f0f-4a53-9a3a-2b8f1c7d9e10', reason: 'The address was refused; it has been corrected.' },
      ],
    },
  ),
  reply: Accepted,
  run: async (deps, command, body) => {
    const { resendMail: resend } = await import('../resend-mail.ts');
    await resend(deps, command, body);
    return { accepted: true };
  },
});
