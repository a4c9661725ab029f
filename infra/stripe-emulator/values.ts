/** The named members of `given`, `null` where it has none: what Stripe shows of a parameter that was left out. */
export function orNull<T extends object, K extends keyof T>(
  given: T,
  ...names: K[]
): { [P in K]-?: Exclude<T[P], undefined> | null } {
  return Object.fromEntries(names.map((name) => [name, given[name] ?? null])) as {
    [P in K]-?: Exclude<T[P], undefined> | null;
  };
}
