import { findPlan, type Plan, type Profile, type SignupRules } from '../../workflows/domain/profiles/index.ts';
import type { SignupChoice } from '../../workflows/domain/terms.ts';
import { isDisposable } from '../../infra/input/disposable-address.ts';
import { emailProblem, normaliseEmail } from '../../infra/input/email-address.ts';
import { invalid, type Problem } from '../http/errors.ts';
import type { SignupBody } from '../schemas/signup.ts';
import { brokenPasswordRules } from './passwords.ts';
import { choiceOf, couponProblems, priceProblems } from './price-rules.ts';

/**
 * The required fields, by who signs up. A customer who pays first, or is created by staff, sets the password later, by
 * a link.
 */
const REQUIRED = {
  customer: {
    fields: ['email', 'password', 'company_name'],
    text: 'Email, password, and company name are required',
  },
  staff: { fields: ['email', 'company_name'], text: 'Email and company name are required' },
  payer: { fields: ['email', 'company_name'], text: 'Email and company name are required' },
} as const;
type By = keyof typeof REQUIRED;

/** How it is paid: by the month and in the product's currency if absent. */
export interface AcceptedSignup extends SignupChoice {
  readonly email: string;
  readonly emailNorm: string;
  /** Null when it is set later. */
  readonly password: string | null;
  readonly companyName: string;
  readonly fullName: string | null;
  readonly plan: Plan;
  /** The first of the profile if absent. */
  readonly region?: string;
  /** Hash of the form protection of the browser that signed up. */
  readonly form?: string | undefined;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value.trim() : '');
/** Left out, null or blank; a value of another type is the schema's to tell. */
const isAbsent = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'string' && value.trim() === '');

const missing = (body: Partial<SignupBody>, by: By): Problem[] =>
  REQUIRED[by].fields
    .filter((field) => isAbsent(body[field]))
    .map((field) => ({ field, message: `${field} is required.` }));

const DISPOSABLE = 'Disposable email addresses are not allowed';

function addressProblem(email: string, rules: SignupRules): string | undefined {
  const { refuseDisposableAddresses: isHeld = false, moreDisposableDomains } = rules;
  const normal = normaliseEmail(email);
  const isRefused = isHeld && normal !== undefined && isDisposable(normal, moreDisposableDomains);
  return emailProblem(email) ?? (isRefused ? DISPOSABLE : undefined);
}

/** Of a name that is there. */
function nameProblem(name: string, { minCompanyName = 1 }: SignupRules): string | undefined {
  return name.length >= minCompanyName
    ? undefined
    : `company_name must have at least ${String(minCompanyName)} characters.`;
}

function broken(body: Partial<SignupBody>, by: By, { signupRules = {} }: Profile): Problem[] {
  const [email, name] = [textOf(body.email), textOf(body.company_name)];
  const badEmail = email === '' ? undefined : addressProblem(email, signupRules);
  const badName = name === '' ? undefined : nameProblem(name, signupRules);
  const password =
    by === 'customer' && typeof body.password === 'string' && body.password.trim() !== ''
      ? brokenPasswordRules(body.password)
      : [];
  return [
    ...(badEmail === undefined ? [] : [{ field: 'email', message: badEmail }]),
    ...(badName === undefined ? [] : [{ field: 'company_name', message: badName }]),
    ...password.map((message) => ({ field: 'password', message })),
  ];
}

/** The sources have one text for the whole reply: missing fields first, then the address, then the password. */
function headline(absent: readonly Problem[], rules: readonly Problem[], by: By): string {
  if (absent.length > 0) return REQUIRED[by].text;
  return rules[0]?.message ?? 'The request is not valid';
}

const choiceProblems = (profile: Profile, plan: Plan, choice: Parameters<typeof choiceOf>[1]): Problem[] => [
  ...priceProblems(profile, plan, choice),
  ...couponProblems(profile, plan, choice.coupon),
];

const membersOf = (body: unknown): Partial<SignupBody> => (typeof body === 'object' && body !== null ? body : {});

/**
 * The accepted signup. @throws ApiError with all problems together: what the schema found, what is missing, the rules
 * for address and password
 */
export function acceptSignup(
  body: unknown,
  fromSchema: readonly Problem[],
  profile: Profile,
  by: By = 'customer',
): AcceptedSignup {
  const sent = membersOf(body);
  const absent = missing(sent, by);
  const rules = broken(sent, by, profile);
  const plan = findPlan(profile, sent.plan);
  const choice = { cycle: sent.billing_cycle, currency: sent.currency, coupon: sent.coupon };
  const prices = plan === undefined ? [] : choiceProblems(profile, plan, choice);
  const seen = new Set([...absent, ...rules].map(({ field }) => field));
  const found = [...absent, ...rules, ...fromSchema.filter(({ field }) => !seen.has(field))];
  const problems = [...found, ...prices.filter(({ field }) => found.every((problem) => problem.field !== field))];
  const email = textOf(sent.email);
  const emailNorm = normaliseEmail(email);
  if (problems.length > 0 || emailNorm === undefined || plan === undefined)
    throw invalid(headline(absent, rules, by), problems);
  return {
    email,
    emailNorm,
    plan,
    ...choiceOf(profile, choice),
    password: by === 'customer' ? (sent.password ?? '') : null,
    companyName: textOf(sent.company_name),
    fullName: textOf(sent.full_name) || null,
    region: sent.region ?? profile.regions[0],
  };
}
