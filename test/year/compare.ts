import { daysOf, type Day } from './days.ts';
import type { Lived } from './live.ts';
import type { Script } from './model/script.ts';

export interface Difference {
  readonly customer: number;
  readonly customerId: string;
  readonly day: number;
  readonly what: keyof Day | 'refused' | 'life';
  readonly model: string;
  readonly is: string;
  readonly script: Script;
}

interface Compared extends Lived {
  readonly customer: number;
  readonly script: Script;
  readonly days: number;
}

/** A life that could not be lived to its end. */
export const brokenOff = (about: Pick<Difference, 'customer' | 'script'>, error: unknown): Difference => ({
  ...{ ...about, customerId: '', day: 0, what: 'life', model: 'it is lived' },
  is: error instanceof Error ? `${error.message} ${error.stack ?? ''}` : String(error),
});

const isAhead = (model: unknown, is: unknown, day: number): boolean => model === Infinity && Number(is) >= day;

/** What a difference goes on to be on all later days is not another one. */
const isNew = (one: Day | undefined, other: Day | undefined, what: keyof Day, [model, is]: [unknown, unknown]) =>
  one?.[what] !== model || other?.[what] !== is;

export function differencesOf({ customer, customerId, script, days, signedUpAt, predicted, seen }: Compared) {
  const differences: Difference[] = [];
  const add = (day: number, what: Difference['what'], [model, is]: [unknown, unknown]): void => {
    differences.push({ customer, customerId, day, what, model: String(model), is: String(is), script });
  };
  const [models, actual] = [predicted, seen].map((life) => daysOf(life, { signedUpAt, days }));
  for (const [day, model] of models?.entries() ?? []) {
    const is = actual?.[day];
    for (const what of Object.keys(model) as (keyof Day)[]) {
      const values: [unknown, unknown] = [model[what], isAhead(model[what], is?.[what], day) ? Infinity : is?.[what]];
      if (values[0] !== values[1] && isNew(models?.[day - 1], actual?.[day - 1], what, values)) add(day, what, values);
    }
  }
  if (predicted.refused.join() !== seen.refused.join())
    add(days, 'refused', [predicted.refused.join(), seen.refused.join()]);
  return differences;
}

const inWords = ({ at, operation: { name, ...how } }: Script['steps'][number]): string =>
  `    day ${(at / 86_400_000).toFixed(1)}: ${name} ${Object.values(how).join(' ')}`;

/** All differences of one customer, under what happened to them. */
export function describe(differences: readonly Difference[]): string {
  return [...Map.groupBy(differences, ({ customer }) => customer)]
    .flatMap(([customer, found]) => [
      `customer ${String(customer)} (${found[0]?.customerId ?? ''}), ${JSON.stringify({ ...found[0]?.script, steps: undefined })}`,
      ...(found[0]?.script.steps ?? []).map(inWords),
      ...found.map(
        ({ day, what, model, is }) => `  day ${String(day)}, ${what}: the model says "${model}", it is "${is}"`,
      ),
    ])
    .join('\n');
}
