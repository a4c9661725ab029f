import { Type } from 'typebox';
import { Closed } from '../schemas/common.ts';

/** Where somebody wanted to go who had to sign in first. */
export const Next = { next: Type.Optional(Type.String({ maxLength: 300 })) };
export const NextQuery = Closed(Next);

/** Leads on to another origin, which browsers do not let a form's answer redirect to. */
export const INTO_INSTANCE = '/account/instance';

/** Pages of ours alone: anybody can make a link to the sign-in. */
const OURS = /^\/(account|onboarding|console)(\/[\w/-]*)?(\?[\w=&%.-]*)?$/;

export const afterSignIn = (next: string | undefined, otherwise: string): string =>
  next !== undefined && OURS.test(next) ? next : otherwise;
