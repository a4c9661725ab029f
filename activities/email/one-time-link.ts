import type { Database } from '../../infra/db/database.ts';
import type { Customer } from '../../infra/db/repositories/customers.ts';
import { hasPassword } from '../../infra/db/repositories/accounts.ts';
import { forgetLinks, insertLinks, type LinkPurpose } from '../../infra/db/repositories/one-time-links.ts';
import { hashToken, newToken } from '../../infra/tokens.ts';
import type { Terms } from '../../workflows/domain/terms.ts';
import type { MailLink } from '../../infra/mails/core-mail.ts';
import type { CoreMailName } from '../../infra/mails/index.ts';
import { DAY_MS, HOUR_MS } from '../../workflows/domain/time.ts';
import type { MailFacts } from '../../infra/product/define-mail.ts';

interface LinkKind {
  readonly purpose: LinkPurpose;
  readonly path: string;
  readonly lifeMs: number | ((terms: Pick<Terms, 'retentionDays'>) => number);
}

const SHORTEST_DAYS = 30;

/** A requested link is used immediately; a link in a mail that nobody waits for is valid longer. */
const LINK_KINDS = {
  revealApiKey: { purpose: 'reveal_api_key', path: 'reveal', lifeMs: 7 * DAY_MS },
  firstPassword: { purpose: 'set_password', path: 'set-password', lifeMs: DAY_MS },
  /** As long as a backup is kept, and some time for those without one. */
  afterLeaving: {
    purpose: 'after_leaving',
    path: 'left',
    lifeMs: ({ retentionDays }) => Math.max(retentionDays, SHORTEST_DAYS) * DAY_MS,
  },
  newPassword: { purpose: 'set_password', path: 'set-password', lifeMs: HOUR_MS },
} as const satisfies Record<string, LinkKind>;

interface LinksOf {
  readonly database: Database;
  readonly customer: Pick<Customer, 'customerId' | 'email' | 'terms'>;
  /** Of the customer's product. */
  readonly publicUrl: string;
}

type Wanted = Readonly<Partial<Record<MailLink, keyof typeof LINK_KINDS>>>;

/** The mail that a customer asks for. */
const ASKED: CoreMailName = 'passwordLink';

/** A customer with a password does not get a link to set one unasked. */
async function wantedFor(
  { name, links }: { readonly name: string; readonly links: readonly MailLink[] },
  { database, customer }: LinksOf,
): Promise<Wanted> {
  const isUnasked = name !== ASKED;
  const setsPassword =
    links.includes('setPassword') && !(isUnasked && (await hasPassword(database, customer.customerId)));
  return {
    ...(links.includes('revealApiKey') && { revealApiKey: 'revealApiKey' }),
    ...(links.includes('afterLeaving') && { afterLeaving: 'afterLeaving' }),
    ...(setsPassword && { setPassword: isUnasked ? 'firstPassword' : 'newPassword' }),
  };
}

export interface OneTimeLinks {
  readonly urls: MailFacts['links'];
  /** For a mail that certainly did not go out: the next attempt creates its own links. */
  readonly takeBack: () => Promise<void>;
}

/**
 * The links only this mail carries, made now. Of a token only the hash is stored; the token is in the mail alone.
 * @returns undefined when the customer's address is not the one any more that the mail is to go to
 */
export async function linksFor(
  mail: { readonly name: string; readonly links: readonly MailLink[] },
  of: LinksOf,
): Promise<OneTimeLinks | undefined> {
  const { database, customer, publicUrl } = of;
  const links = Object.entries(await wantedFor(mail, of)).map(([name, kind]) => ({
    ...{ name, token: newToken() },
    ...LINK_KINDS[kind],
  }));
  const rows = links.map(({ token, purpose, lifeMs }) => ({
    ...{
      tokenHash: hashToken(token),
      purpose,
      lifeSeconds: (typeof lifeMs === 'number' ? lifeMs : lifeMs(customer.terms)) / 1_000,
    },
  }));
  if (!(await insertLinks(database, customer, rows))) return undefined;
  return {
    urls: Object.fromEntries(links.map(({ name, path, token }) => [name, `${publicUrl}/${path}/${token}`])),
    takeBack: () =>
      forgetLinks(
        database,
        rows.map(({ tokenHash }) => tokenHash),
      ),
  };
}
