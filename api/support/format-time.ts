/** A minute as people read it; UTC, as everything is counted. */
export const formatTime = (date: Date | null | undefined): string =>
  date ? `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC` : '–';
