type Line = Readonly<Record<string, unknown>>;

/** Finds the last line of a log with these members. */
export const recordWhere = (log: string) => {
  const lines = log
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);
  return (members: Line): Line | undefined =>
    lines.findLast((line) => Object.entries(members).every(([name, value]) => line[name] === value));
};
