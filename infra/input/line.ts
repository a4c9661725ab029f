import LinkifyIt from 'linkify-it';
import tlds from 'tlds' with { type: 'json' };

/** Scripts in which a joiner between two letters is spelling. Anywhere else it only makes one text look like another. */
const JOINING = ['Arab', 'Beng', 'Deva', 'Gujr', 'Guru', 'Knda', 'Mlym', 'Orya', 'Sinh', 'Taml', 'Telu']
  .map((script) => `\\p{Script=${script}}`)
  .join('');
const JOINER = new RegExp(`(?<=[${JOINING}])[\\u200c\\u200d](?=[${JOINING}])`, 'gu');

/** Controls, line and paragraph ends, and what is not seen but changes what is: bidi marks, zero-width characters. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
/** Letters and symbols that are drawn as nothing, or, of private use, as a box. */
const BLANK = /[\p{Default_Ignorable_Code_Point}\p{Co}\u2800\ufffc\u{13441}\u{13442}\u{1d159}]/gu;
/** Also what this Unicode has not named yet: it is drawn as a box. */
const VISIBLE = /[^\p{M}\p{Z}]/u;

/** No line that is asked for is as long. What is done with lines may take time that grows faster than they do. */
const LONGEST = 500;

/** Whether a text is one line, of 500 characters at most, with nothing hidden in it. */
export const isLine = (text: string): boolean =>
  text.length <= LONGEST && text.isWellFormed() && !HIDDEN.test(text.replace(JOINER, ''));

const linkify = new LinkifyIt().tlds([...tlds]);
const LIKE_LINK =
  /:\/\/|\bwww\.|\b[\p{L}\p{N}-]+\.\p{L}{2,}[/?#:]|\b\d{1,3}(?:\.\d{1,3}){3}\b|\b(?:https?|ftp|file|mailto|tel|sms|sips?|callto|skype|whatsapp|tg|facetime|ssh|magnet|intent|javascript|data):\S|\blocalhost[:/]/iu;
/** The full stop of Chinese and Japanese, which browsers take for a dot in a host name (RFC 3490). */
const IDEOGRAPHIC_STOP = /\u3002/g;
/** Drawn as the slash that begins a path. */
const SLASHES = /[\u2044\u2215\u29f8]/g;
const asBrowsersRead = (text: string): string =>
  text.normalize('NFKC').replace(BLANK, '').replace(IDEOGRAPHIC_STOP, '.').replace(SLASHES, '/');

/** Whether a program that shows mail would make a link of it, so that whoever gets the mail may follow it. */
const holdsLink = (text: string): boolean =>
  LIKE_LINK.test(text) || LIKE_LINK.test(asBrowsersRead(text)) || linkify.test(asBrowsersRead(text));

/**
 * Whether a text can be the name of a person or a company: one line that can be seen, and no web or e-mail address,
 * because names stand in mails. A blank one names nothing; whether a name is needed is told where it is.
 */
export function isName(text: string): boolean {
  if (text.trim() === '') return true;
  return isLine(text) && VISIBLE.test(text.replace(BLANK, '')) && !holdsLink(text);
}
