import { isRefusal, refuseRequest, type Refusal } from 'tenure/product';

interface Asked {
  readonly email: string;
  readonly name: string;
  readonly tier: string | undefined;
  readonly tiers: readonly string[];
}

interface Field {
  /** As the caller knows it. */
  readonly name: string;
  readonly text: (asked: Asked, said: string) => string;
}

/** The first one that is wrong is the error. */
const FIELDS: Readonly<Record<string, Field>> = {
  email: { name: 'email', text: ({ email }, said) => (email.trim() === '' ? 'Email is required' : said) },
  company_name: {
    name: 'name',
    text: ({ name }, said) => {
      if (name.trim().length < 2) return 'Company name is required (minimum 2 characters)';
      return name.length > 100 ? 'Company name is too long (maximum 100 characters)' : said;
    },
  },
  plan: {
    name: 'tier',
    text: ({ tier = '', tiers }) =>
      `${tier.trim() === '' ? 'Tier is required' : `Invalid tier: ${tier}`}. Must be one of: ${tiers.join(', ')}`,
  },
};

function invalid(problems: NonNullable<Refusal['problems']>, asked: Asked): Error {
  const said = Object.entries(FIELDS).flatMap(([ours, { name, text }]) => {
    const problem = problems.find(({ field }) => field === ours);
    return problem ? [{ field: name, message: text(asked, problem.message) }] : [];
  });
  const rest = problems.filter(({ field }) => !Object.hasOwn(FIELDS, field));
  const all = [...said, ...rest];
  const message = all.map((problem) => problem.message).join('. ');
  return refuseRequest(400, {
    error: all[0]?.message ?? 'The request is not valid',
    ...{ message, code: 'validation_failed', problems: all },
  });
}

const TAKEN = 'An active subscription already exists for this email address.';
const tooMany = (limit: number): string =>
  `Rate limit exceeded. Maximum ${String(limit)} signups per hour per IP address.`;

/** What Tenure refuses at the Checkout, as this product says it; anything else as it is. */
export function inOurWords(error: unknown, asked: Asked): unknown {
  if (!isRefusal(error)) return error;
  const { body, retryAfterSeconds, limit = 5 } = error;
  const { problems = [], code, message } = body;
  if (code === 'validation_failed') return invalid(problems, asked);
  if (code === 'email_taken')
    return refuseRequest(400, { error: TAKEN, message: TAKEN, code, problems: [{ field: 'email', message: TAKEN }] });
  // The mailbox is limited too, which is another thing to be told.
  const isMailbox = problems.some(({ field }) => field === 'email');
  if (code === 'rate_limited' && !isMailbox)
    return refuseRequest(429, { error: tooMany(limit), message, code }, { retryAfterSeconds });
  return error;
}
