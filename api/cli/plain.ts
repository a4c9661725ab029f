/** What people typed must not control the terminal it is shown in, nor change the writing direction. */
export const plain = (cell: string | number | null): string =>
  String(cell ?? '–').replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ');
