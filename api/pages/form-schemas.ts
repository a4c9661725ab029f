import { Type } from 'typebox';
import { Closed, Patterned, Uuid } from '../schemas/common.ts';
import { nameInForm, type Input } from '../support/commands/command.ts';
import { SUPPORT_COMMANDS } from '../support/commands/index.ts';
import { Next } from './next.ts';

/** Every form carries its token. */
export const Csrf = { _csrf: Type.Optional(Type.String({ maxLength: 200 })) };

/** Forms send text, and empty text for what was left out. */
const Text = (maxLength: number) => Type.Optional(Type.String({ maxLength }));

/** A box that is ticked, or not there. Anything else might mean either. */
export const Yes = Type.Optional(Type.Literal('yes'));

type Field = ReturnType<typeof Text> | typeof Yes;

export const EmptyForm = Closed(Csrf);
export const UpgradeForm = Closed({ ...Csrf, charge: Text(20), plan: Text(50) });
export const PlanForm = Closed({ ...Csrf, plan: Text(60) });
export const PauseForm = Closed({ ...Csrf, months: Text(2) });
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

/** What a field takes at most, by the kind of its input; what it means is for the API's schema to say. */
const FIELDS: Readonly<Record<Exclude<Input['kind'], 'text'>, Field>> = {
  ...{ number: Text(12), cents: Text(12), instant: Text(40), word: Text(20), choice: Text(40) },
  ...{ tick: Yes, end: Yes },
};
const fieldOf = (input: Input): Field => (input.kind === 'text' ? Text(input.maxLength) : FIELDS[input.kind]);

/** What the console's forms may contain; each command decides which fields it uses. */
const CONSOLE_FIELDS: Readonly<Record<string, Field>> = {
  ...Csrf,
  from: Text(40),
  slug: Text(63),
  company_name: Text(100),
  email: Text(254),
  plan: Text(50),
  region: Text(50),
  /** The customer's phase when the form was made. */
  phase: Text(20),
  /** Made with the form, so that a double click is one command. */
  key: Text(100),
  /** Typed once more before a customer is ended. */
  confirm: Text(100),
  ...Object.fromEntries(
    SUPPORT_COMMANDS.flatMap(({ inputs }) => inputs.map((input) => [nameInForm(input), fieldOf(input)])),
  ),
};
export const ConsoleForm = Closed(CONSOLE_FIELDS);

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

/** The notice that the address of a page names. */
export const DoneQuery = Closed({ done: Text(40) });

export const ListFilter = Closed({ phase: Text(20), attention: Text(40), q: Text(100), cursor: Text(60) });

const EventFields = { type: Text(255), state: Text(20), customer: Text(255), from: Text(40), to: Text(40) };
export const EventListFilter = Closed({ ...EventFields, cursor: Text(255) });
export const RedriveForm = Closed({ ...Csrf, reason: Text(500), key: Text(100) });
