/** Postgres cannot hold U+0000, nor half of a surrogate pair, in text. */
export const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();
