/** What people typed must not steer the terminal it is shown in, nor write backwards. */
export const plain = (cell: string | number | null): string =>
  String(cell ?? '–').replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ');
