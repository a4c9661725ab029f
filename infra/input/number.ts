/** A number as people write it, in decimals; undefined for anything else that `Number` would take, like 0x10 or 1e3. */
export function decimalOf(text: string): number | undefined {
  return /^-?\d{1,15}(\.\d{1,6})?$/.test(text.trim()) ? Number(text) : undefined;
}

/** A whole number as people write it; undefined also for 1.00, by which another unit may be meant. */
export const wholeOf = (text: string): number | undefined => (text.includes('.') ? undefined : decimalOf(text));
