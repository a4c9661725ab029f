const SHAPE = /^(\d{4}-\d\d-\d\d)[Tt]((?:[01]\d|2[0-3]):\d\d:\d\d(?:\.\d{1,9})?)(?:[Zz]|[+-](\d\d):\d\d)$/;
/** Further from Greenwich is nobody, and Postgres takes no more. */
const FURTHEST_HOURS = 15;
const FIRST = Date.parse('0001-01-01T00:00:00Z');
const LAST = Date.parse('9999-12-31T23:59:59.999Z');

/** Whether there is such a day: `Date` makes the 2nd of March of the 30th of February. */
function isDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}

/** Whether a text is an instant of RFC 3339 that Postgres and `Date` both have: of the years 1 to 9999. */
export function isInstant(text: string): boolean {
  const [, day, , offsetHours = '0'] = SHAPE.exec(text) ?? [];
  if (day === undefined || !isDay(day) || Number(offsetHours) > FURTHEST_HOURS) return false;
  const instant = Date.parse(text);
  return instant >= FIRST && instant <= LAST;
}

/** Reads a date, or an instant, as people type it. @returns ISO 8601; undefined when it is none */
export function readInstant(text: string): string | undefined {
  const typed = text.trim();
  const instant = /^\d{4}-\d\d-\d\d$/.test(typed) ? `${typed}T00:00:00Z` : typed;
  return isInstant(instant) ? new Date(instant).toISOString() : undefined;
}
