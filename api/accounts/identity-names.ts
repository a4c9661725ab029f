import { looksLikeCardNumber } from '../../infra/input/card-number.ts';
import { isName } from '../../infra/input/line.ts';
import type { RouteIdentity } from '../../infra/product/define-route.ts';

const LONGEST_NAME = 100;
/** A name that cannot stand in a mail, or that is the number of a card, is left out: nobody is refused for it. */
function nameIn(text: unknown): string | null {
  const name = typeof text === 'string' ? text.trim().slice(0, LONGEST_NAME).toWellFormed() : '';
  return name !== '' && isName(name) && !looksLikeCardNumber(name) ? name : null;
}

/** Each may have half the number of a card. */
const NO_NAMES = { givenName: null, familyName: null, fullName: null } as const;

export interface Names {
  readonly identityName: string | null;
  readonly givenName: string | null;
  readonly familyName: string | null;
  readonly fullName: string | null;
}

/** A user name is never shown, only given back to the issuer. */
const userNameIn = (text: unknown): string | null =>
  typeof text === 'string' && /^[^\0]{1,255}$/su.test(text) && text.isWellFormed() ? text : null;

/** The names of somebody who has signed up elsewhere. */
export function namesOf(identity: RouteIdentity): Names {
  const [givenName, familyName] = [nameIn(identity.givenName), nameIn(identity.familyName)];
  const together = [givenName, familyName].filter((name) => name !== null).join(' ');
  if (looksLikeCardNumber(together)) return { identityName: userNameIn(identity.userName), ...NO_NAMES };
  const fullName = nameIn(together);
  return { identityName: userNameIn(identity.userName), givenName, familyName, fullName };
}
