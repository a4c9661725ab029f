import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/** Mails, one JSON object a line: appending is all it takes to keep one more. */
export interface StoreFile<Mail> {
  readonly load: () => Mail[];
  /** Brings the file to what the inbox holds now. */
  readonly keep: (mails: readonly Mail[]) => void;
}

export function storeFile<Mail>(path: string): StoreFile<Mail> {
  let kept = 0;
  const lines = (mails: readonly Mail[]): string => mails.map((mail) => `${JSON.stringify(mail)}\n`).join('');
  // By rename: a kill cannot cut it short.
  const replace = (mails: readonly Mail[]): void => {
    writeFileSync(`${path}.new`, lines(mails), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  };
  return {
    load: () => {
      // A line cut off by a kill is a mail that was never acknowledged.
      const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
      const whole = text.split('\n').slice(0, -1);
      const mails = whole.map((line) => JSON.parse(line) as Mail);
      replace(mails);
      kept = mails.length;
      return mails;
    },
    keep: (mails) => {
      if (mails.length < kept) replace(mails);
      else if (mails.length > kept) appendFileSync(path, lines(mails.slice(kept)));
      kept = mails.length;
    },
  };
}
