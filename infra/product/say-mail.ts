import type { Mail, MailAction, Said } from './define-mail.ts';

export interface SaidMail {
  readonly subject: string;
  readonly paragraphs: readonly string[];
  readonly actions: readonly MailAction[];
}

/** A mail that says nothing, or what is no mail. */
class WrongMailError extends Error {
  override readonly name = 'WrongMailError';
}

const said = <Facts, Thing>(what: Said<Facts, Thing>, facts: Facts): Thing =>
  typeof what === 'function' ? (what as (facts: Facts) => Thing)(facts) : what;

const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';
const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

/** Of ours only: two slashes lead elsewhere. */
const isPath = (url: string): boolean => /^\/(?!\/)\S*$/.test(url);
const isAddress = (url: string): boolean => URL.canParse(url) && /^https?:\/\/\S+$/i.test(url);

function checkAction({ label, url }: Partial<MailAction>): void {
  if (!isText(label)) throw new WrongMailError('an action has no label. Say what its button does.');
  if (!isText(url) || !(isPath(url) || isAddress(url)))
    throw new WrongMailError(
      `the action "${label}" leads nowhere. Give it an address that begins with https:// or http://, or a path such as /account.`,
    );
}

/**
 * What a mail says of these facts.
 * @throws WrongMailError that says what is missing; whatever the mail itself throws
 */
export function sayMail<Facts extends { readonly publicUrl: string }>(mail: Mail<Facts>, facts: Facts): SaidMail {
  const subject: unknown = said(mail.subject, facts);
  const paragraphs: unknown = said(mail.paragraphs, facts);
  const actions: unknown = said(mail.actions ?? [], facts);
  if (!isText(subject)) throw new WrongMailError('its subject is empty. Give it one line of text.');
  if (!isList(paragraphs) || paragraphs.length === 0 || !paragraphs.every(isText))
    throw new WrongMailError('a paragraph is empty, or there is none. Make paragraphs a list of texts.');
  if (!isList(actions)) throw new WrongMailError('actions is not a list. Make it a list of { label, url }.');
  for (const action of actions) checkAction(action as Partial<MailAction>);
  return {
    subject: subject.replace(/[\r\n]+/g, ' '),
    paragraphs,
    actions: (actions as readonly MailAction[]).map(({ label, url }) => ({
      ...{ label, url: isPath(url) ? `${facts.publicUrl}${url}` : url },
    })),
  };
}
