import { Type } from 'typebox';

/** Where somebody wanted to go before they had to sign in. */
export const Next = { next: Type.Optional(Type.String({ maxLength: 300 })) };
/** Other parameters may be there: mail programs and advertisements add their own to a link. */
export const NextQuery = Type.Object(Next);

/** Leads on to another origin, which browsers do not let a form's answer redirect to. */
export const INTO_INSTANCE = '/account/instance';

/** Only our own pages: anybody can make a link to the sign-in. */
const OURS = /^\/(account|onboarding|console)(\/[\w/-]*)?(\?[\w=&%.-]*)?$/;

export const afterSignIn = (next: string | undefined, otherwise: string): string =>
  next !== undefined && OURS.test(next) ? next : otherwise;
