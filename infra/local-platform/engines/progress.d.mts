/**
 * Shows a long step with its elapsed seconds: one line redrawn on a terminal, a line every 15 s elsewhere.
 * @returns what ends it, with the result in a word or two.
 */
export function startProgress(
  label: string,
  out?: { isTTY?: boolean; write(text: string): unknown },
): (result: string) => void;
