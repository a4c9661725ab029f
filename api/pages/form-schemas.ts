import { Type } from 'typebox';
import { Closed, Patterned, Uuid } from '../schemas/common.ts';
import { Next } from './next.ts';

/** Every form carries its token. */
export const Csrf = { _csrf: Type.Optional(Type.String({ maxLength: 200 })) };

/** Forms send text, and empty text for what was left out. */
const Text = (maxLength: number) => Type.Optional(Type.String({ maxLength }));

/** A box that is ticked, or not there. Anything else might mean either. */
export const Yes = Type.Optional(Type.Literal('yes'));

export const EmptyForm = Closed(Csrf);
export const UpgradeForm = Closed({ ...Csrf, charge: Text(20), plan: Text(50) });
export const CancelForm = Closed({ ...Csrf, when: Text(20), reason: Text(500), phase: Text(20) });
export const DeleteForm = Closed({ ...Csrf, password: Text(200), company_name: Text(100) });
export const TokenForm = Closed({
  ...{ ...Csrf, ...Next, token: Type.String({ maxLength: 200 }) },
  name: Patterned('seen', { minLength: 1, maxLength: 60 }),
});
export const KeyForm = Closed({ ...Csrf, name: Text(60) });
export const KeyIdForm = Closed({ ...Csrf, key_id: Uuid });
export const PasswordForm = Closed({
  ...{ ...Csrf, old_password: Type.String({ maxLength: 200 }), new_password: Type.String({ maxLength: 200 }) },
  revoke_keys: Yes,
});

/** What the console's forms may hold; which of it a command takes is the command's business. */
export const ConsoleForm = Closed({
  ...Csrf,
  reason: Text(500),
  from: Text(40),
  slug: Text(63),
  company_name: Text(100),
  email: Text(254),
  plan: Text(50),
  region: Text(50),
  /** What the customer was in when the form was made. */
  phase: Text(20),
  days: Text(10),
  when: Text(20),
  to: Text(40),
  /** Made with the form, so that a double click is one command. */
  key: Text(100),
  invoice: Text(60),
  amount: Text(12),
  confirm: Text(100),
  key_id: Text(40),
  alert_id: Text(40),
  email_id: Text(40),
  /** Ticked: it may come twice. */
  twice: Yes,
  /** Ticked: also what ends somebody. */
  end: Yes,
});

/** One ticked box arrives as text, several as a list. */
const Ticked = Type.Optional(Type.Union([Text(50), Type.Array(Type.String({ maxLength: 50 }), { maxItems: 200 })]));

export const BatchForm = Closed({
  ...Csrf,
  customer: Ticked,
  all: Yes,
  reason: Text(500),
  concurrency: Text(5),
  failures: Text(5),
  phase: Text(20),
  attention: Text(40),
  q: Text(100),
});

/** What the address of a page says was just done. */
export const DoneQuery = Closed({ done: Text(40) });

export const ListFilter = Closed({ phase: Text(20), attention: Text(40), q: Text(100), cursor: Text(60) });

const EventFields = { type: Text(255), state: Text(20), customer: Text(255), from: Text(40), to: Text(40) };
export const EventListFilter = Closed({ ...EventFields, cursor: Text(255) });
export const RedriveForm = Closed({ ...Csrf, reason: Text(500), key: Text(100) });
