import { appendFileSync, copyFileSync, existsSync, readFileSync } from 'node:fs';
import { replaceFileSync } from '../../files.ts';

/** Mails, one JSON object per line, so that a new one is only appended. */
export interface StoreFile<Mail> {
  readonly load: () => Mail[];
  /** Makes the file hold what the inbox holds now. */
  readonly keep: (mails: readonly Mail[]) => void;
}

/** Undefined when a power cut has left something other than a mail in that line. */
function mailOf<Mail>(line: string): Mail[] {
  try {
    return [JSON.parse(line) as Mail];
  } catch {
    return [];
  }
}

export function storeFile<Mail>(path: string): StoreFile<Mail> {
  let kept = 0;
  const lines = (mails: readonly Mail[]): string => mails.map((mail) => `${JSON.stringify(mail)}\n`).join('');
  return {
    load: () => {
      // A line cut off by a kill is a mail that was never acknowledged.
      const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
      const whole = text.split('\n').slice(0, -1);
      const mails = whole.flatMap((line) => mailOf<Mail>(line));
      if (mails.length < whole.length) copyFileSync(path, `${path}.damaged`);
      replaceFileSync(path, lines(mails));
      kept = mails.length;
      return mails;
    },
    keep: (mails) => {
      if (mails.length < kept) replaceFileSync(path, lines(mails));
      else if (mails.length > kept) appendFileSync(path, lines(mails.slice(kept)), { flush: true });
      kept = mails.length;
    },
  };
}
