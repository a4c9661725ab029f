import { Type, type TSchema } from 'typebox';
import { Errors, Pointer } from 'typebox/value';
import { CORRECTABLE } from '../../workflows/domain/steps.ts';

// Types are taken out when a product is loaded, and a folder of one's own may have no compiler: what it would say of a
// definition is said here.

const Closed = (properties: Record<string, TSchema>) => Type.Object(properties, { additionalProperties: false });
const { Optional } = Type;
const Text = Type.String();
const Amount = Type.Number();
const Texts = Type.Array(Text);
const Act = Optional(Type.Function([], Type.Unknown()));

/** Of the core or of its own; what the one needs and the other must not have is a matter of meaning. */
const Step = Closed({
  ...{ name: Text, title: Text, needs: Texts },
  part: Type.Enum(['account', 'billing', 'instance']),
  takes: Optional(Type.Array(Type.Enum([...CORRECTABLE]))),
  whenItFails: Optional(Type.Enum(['policy', 'continue'])),
  ...{ queue: Optional(Text), mail: Optional(Text) },
  ...{ run: Act, undo: Act, preview: Act },
});

const PRICES = { monthlyCents: Amount, quarterlyCents: Optional(Amount), annualCents: Optional(Amount) };
const Plan = Closed({
  ...{ id: Text, name: Text, ...PRICES, maxDevices: Amount, connections: Amount },
  ...{ trialDays: Optional(Amount), otherCurrencies: Optional(Type.Record(Text, Closed(PRICES))) },
  ...{ framework: Optional(Text), stripeProduct: Optional(Text) },
  ...{ features: Optional(Texts), limits: Optional(Type.Record(Text, Amount)) },
});

const Coupon = Closed({
  ...{ id: Text, name: Text, percentOff: Amount, months: Optional(Amount), isOffered: Optional(Type.Boolean()) },
  duration: Type.Enum(['once', 'forever', 'repeating']),
});

const Sections = Type.Array(Closed({ heading: Optional(Text), paragraphs: Texts }));
const Words = Closed({
  signup: Optional(
    Closed({
      promise: Optional(Text),
      message: Optional(Text),
      estimatedTime: Optional(Text),
      nextSteps: Optional(Texts),
    }),
  ),
  api: Optional(Text),
  instance: Optional(Text),
  legal: Optional(Closed({ terms: Optional(Sections), privacy: Optional(Sections) })),
});

const Resource = Closed({
  name: Text,
  retired: Optional(Type.Boolean()),
  ...Object.fromEntries(
    ['inputs', 'create', 'exists', 'update', 'delete'].map((name) => [name, Type.Function([], Type.Unknown())]),
  ),
});

const Route = Closed({
  method: Type.Enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
  access: Type.Enum(['public', 'customer', 'person', 'support', 'operator', 'hook']),
  ...{ path: Text, summary: Text, replies: Type.Record(Text, Type.Object({})) },
  signup: Optional(Type.Boolean()),
  ...{ body: Optional(Type.Object({})), query: Optional(Type.Object({})), params: Optional(Type.Object({})) },
  handle: Type.Function([], Type.Unknown()),
});

const Onboarding = Closed({
  whenAStepFails: Type.Enum(['park', 'rollback']),
  ...{ parkedDays: Amount, alertEveryHours: Amount },
});

const Definition = Closed({
  name: Text,
  brand: Closed({ name: Text, colour: Optional(Text), logo: Optional(Text) }),
  plans: Type.Array(Plan, { minItems: 1 }),
  coupons: Optional(Type.Array(Coupon)),
  ...{ currency: Optional(Text), target: Optional(Text) },
  regions: Optional(Type.Array(Text, { minItems: 1 })),
  ...{
    trialDays: Optional(Amount),
    pastDueDays: Optional(Amount),
    graceDays: Optional(Amount),
    retentionDays: Optional(Amount),
  },
  ...{ maxPauseMonths: Optional(Amount), maxTrialExtensions: Optional(Amount), signupsPerHour: Optional(Amount) },
  whenLeavingNow: Optional(Type.Enum(['keep', 'refund'])),
  paysFirst: Optional(Type.Boolean()),
  identity: Optional(Type.Enum(['external'])),
  signupRules: Optional(
    Closed({
      ...{ refuseDisposableAddresses: Optional(Type.Boolean()), moreDisposableDomains: Optional(Texts) },
      minCompanyName: Optional(Amount),
    }),
  ),
  reminderDaysBeforeEnd: Optional(Type.Array(Amount)),
  ...{ steps: Optional(Type.Array(Step)), retired: Optional(Type.Array(Step)) },
  mails: Optional(Type.Record(Text, Type.Object({}))),
  routes: Optional(Type.Array(Route)),
  stack: Optional(Type.Array(Resource)),
  words: Optional(Words),
  prospects: Optional(Closed({ remindAfterHours: Amount, abandonAfterHours: Amount })),
  onboarding: Optional(Onboarding),
  retry: Optional(Closed({ attempts: Amount, initialMs: Amount, backoff: Amount })),
});

type Found = ReturnType<typeof Errors>[number];

/** Steps and plans are known by their names, anything else in a list by its place. */
function nameIn(list: readonly unknown[], index: string): string {
  const { name, id = name } = Object(list[Number(index)]) as { readonly name?: unknown; readonly id?: unknown };
  return typeof id === 'string' && id !== '' ? `.${id}` : `[${index}]`;
}

/** `/steps/6/needs/0` as it is written: `steps.mailDomain.needs[0]`. */
function placeOf(definition: unknown, pointer: string): string {
  const keys = pointer.split('/').slice(1);
  const parts = keys.map((key, depth) => {
    const parent: unknown = Pointer.Get(definition, ['', ...keys.slice(0, depth)].join('/'));
    return Array.isArray(parent) ? nameIn(parent, key) : `.${key}`;
  });
  return parts.join('').slice(1);
}

const KINDS: Readonly<Record<string, string>> = {
  ...{ string: 'text', number: 'a number', array: 'a list', object: 'an object', function: 'a function' },
};
const quoted = (words: readonly unknown[]): string => words.map((word) => JSON.stringify(word)).join(', ');

interface Params {
  readonly type?: string;
  readonly allowedValues?: readonly unknown[];
  readonly requiredProperties?: readonly string[];
  readonly additionalProperties?: readonly string[];
}

const membersAt = (schemaPath: string): string => {
  const { properties = {} } = Pointer.Get(Definition, schemaPath.slice(1)) as { readonly properties?: object };
  return Object.keys(properties).join(', ');
};

/** What each rule of the schema says; others only follow from one of these. */
const SAYS: Readonly<Record<string, (at: string, params: Params, schemaPath: string) => readonly string[]>> = {
  type: (at, { type = '' }) => [`${at} must be ${KINDS[type] ?? type}.`],
  enum: (at, { allowedValues = [] }) => [`${at} must be one of ${quoted(allowedValues)}.`],
  minItems: (at) => [`${at} is empty. Name at least one.`],
  required: (at, { requiredProperties = [] }) => requiredProperties.map((name) => `${dotted(at, name)} is missing.`),
  additionalProperties: (at, { additionalProperties = [] }, schemaPath) =>
    additionalProperties.map(
      (name) => `${dotted(at, name)}: there is no such member. Members: ${membersAt(schemaPath)}.`,
    ),
};
const dotted = (at: string, name: string): string => (at === '' ? name : `${at}.${name}`);

interface Written {
  readonly steps?: readonly object[] | undefined;
  readonly retired?: readonly object[] | undefined;
}

/** A step that sends a mail of the product takes nothing unless it says so, and never stops anybody. */
function* ofActions(definition: Written): Generator<string> {
  for (const list of ['steps', 'retired'] as const)
    for (const [index, step] of (definition[list] ?? []).entries())
      for (const member of ['takes', 'whenItFails'])
        if (!('mail' in step) && !(member in step))
          yield `${placeOf(definition, `/${list}/${String(index)}`)}.${member} is missing.`;
}

/** Where a definition is not made as products are, each with what is there to be. */
export function problemsOfShape(definition: unknown): readonly string[] {
  if (typeof definition !== 'object' || definition === null)
    return ['defineProduct takes an object: { name, brand, … }.'];
  const found = Errors(Definition, definition).flatMap(({ keyword, instancePath, schemaPath, params }: Found) =>
    (SAYS[keyword] ?? (() => []))(placeOf(definition, instancePath), params as Params, schemaPath),
  );
  return found.length > 0 ? found : [...ofActions(definition)];
}
