import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

export interface Alarm {
  readonly name: string;
  readonly counter: string;
  readonly windowSeconds: number;
  readonly above: number;
  readonly runbook: string;
}

interface RuleFile {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert: string;
      readonly expr: string;
      readonly annotations: { readonly runbook: string };
    }[];
  }[];
}

/** The one form that the rules have; another would have to be evaluated otherwise. */
const FORM = /^sum by \(product\) \(increase\((\w+)\[(\d+)m\]\)\) > (\d+)$/;

export function readAlarms(): readonly Alarm[] {
  const { groups } = parse(readFileSync('infra/deploy/alarms.yml', 'utf8')) as RuleFile;
  return groups.flatMap(({ rules }) =>
    rules.map(({ alert: name, expr, annotations: { runbook } }) => {
      const [, counter = '', minutes, above] = FORM.exec(expr) ?? [];
      if (counter === '') throw new Error(`${name} has another form: ${expr}`);
      return { name, counter, windowSeconds: Number(minutes) * 60, above: Number(above), runbook };
    }),
  );
}

/** What was scraped at one instant. */
export interface Sample {
  readonly atSeconds: number;
  readonly text: string;
}

/** The values of a counter by product. */
export function valuesOf(text: string, counter: string): Readonly<Record<string, number>> {
  const lines = text.matchAll(new RegExp(`^${counter}\\{product="([^"]*)"\\} (\\d+)$`, 'gm'));
  return Object.fromEntries([...lines].map(([, product = '', value]) => [product, Number(value)]));
}

/**
 * The products for which an alarm fires at the last sample. As Prometheus does it, with two simplifications: a counter
 * that began anew is not looked for, and the increase between the samples is not extrapolated to the ends of the window.
 */
export function firing(alarm: Alarm, samples: readonly Sample[]): readonly string[] {
  const now = samples.at(-1)?.atSeconds ?? 0;
  const within = samples.filter(({ atSeconds }) => atSeconds > now - alarm.windowSeconds);
  const [first, last] = [within[0], within.at(-1)].map((sample) => valuesOf(sample?.text ?? '', alarm.counter));
  return Object.entries(last ?? {}).flatMap(([product, value]) =>
    value - (first?.[product] ?? value) > alarm.above ? [product] : [],
  );
}
