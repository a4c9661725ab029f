import { ConfigError } from '../settings.ts';

/** A reader for each section of a process's settings, in the order in which they are read. */
export type Sections<T> = { readonly [K in keyof T]: () => T[K] };

export interface Read<T> {
  /** The valid sections. */
  readonly config: Partial<T>;
  /** Why each of the others is invalid. */
  readonly wrong: readonly ConfigError[];
}

/** Reads every section, even if another one is invalid. */
export function readAll<T extends object>(sections: Sections<T>): Read<T> {
  const config: Partial<T> = {};
  const wrong: ConfigError[] = [];
  for (const name of Object.keys(sections) as (keyof T)[]) {
    try {
      config[name] = sections[name]();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      wrong.push(error, ...error.also);
    }
  }
  return { config, wrong };
}

/** @throws ConfigError for the first invalid section, with those for the others. */
export function readOrRefuse<T extends object>(sections: Sections<T>): T {
  const { config, wrong } = readAll(sections);
  const [first, ...also] = wrong;
  if (first) throw new ConfigError(first.message, { cause: first.cause, also });
  return config as T;
}
