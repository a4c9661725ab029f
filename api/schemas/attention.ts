import { Type } from 'typebox';
import { Closed, Reason, Uuid } from './common.ts';

const EXAMPLE = '0b6f0e5c-3f0f-4a53-9a3a-2b8f1c7d9e10';

export const DismissAlertBody = Closed(
  { alert_id: Uuid, reason: Reason },
  { examples: [{ alert_id: EXAMPLE, reason: 'We spoke to the customer.' }] },
);

export const ResendMailBody = Closed(
  {
    email_id: Uuid,
    may_come_twice: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Needed for a mail whose state is unknown: the customer may have it already.',
      }),
    ),
    reason: Reason,
  },
  { examples: [{ email_id: EXAMPLE, reason: 'The address was refused; it is right now.' }] },
);
