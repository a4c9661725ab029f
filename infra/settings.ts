import { readFileSync } from 'node:fs';
import { SETTINGS, type Prefix, type ProcessName, type SettingName } from './config/table.ts';

/** An environment: names and values. */
export type Env = Readonly<Record<string, string | undefined>>;
type Names = readonly [SettingName, ...SettingName[]];

/** A setting that cannot be used. The message is one sentence that names the variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** Found at the same time, and just as wrong. */
  readonly also: readonly ConfigError[];

  constructor(message: string, { also = [], ...options }: ErrorOptions & { also?: readonly ConfigError[] } = {}) {
    super(message, options);
    this.also = also;
  }
}

const isWithin = (value: number, min: number, max: number): boolean => value >= min && value <= max;
const range = (min: number, max: number, whole: boolean): string =>
  `a ${whole ? 'whole ' : ''}number from ${String(min)} to ${String(max)}`;

/** Reads the settings of one process; where a setting has two names the first one wins. */
export class Settings {
  private readonly env: Env;
  private readonly process: ProcessName;

  constructor(process: ProcessName, env: Env) {
    this.process = process;
    this.env = env;
  }

  /** @throws Error when the table does not give the setting to this process: what is not given cannot be read. */
  text(...names: Names): string | undefined {
    for (const name of names) {
      if (!(SETTINGS[name] as readonly ProcessName[]).includes(this.process))
        throw new Error(`${name} is not a setting of ${this.process}, according to infra/config/table.ts.`);
      const value = this.env[name]?.trim();
      if (value) return value;
    }
    return undefined;
  }

  /** Those of a product or of AWS, which are ours to hand on and not to read; and those that are named after plans. */
  startingWith(prefix: Prefix): Readonly<Record<string, string>> {
    const isSet = (entry: [string, string | undefined]): entry is [string, string] =>
      entry[0].startsWith(prefix) && entry[1] !== undefined;
    return Object.fromEntries(Object.entries(this.env).filter(isSet));
  }

  need(...names: Names): string {
    const value = this.text(...names);
    if (value === undefined) throw new ConfigError(`${names.join(' or ')} must be set.`);
    return value;
  }

  number(
    name: SettingName | Names,
    { min = 0, max = Number.MAX_SAFE_INTEGER, whole = false } = {},
  ): number | undefined {
    const names: Names = typeof name === 'string' ? [name] : name;
    const text = this.text(...names);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!isWithin(value, min, max) || (whole && !Number.isInteger(value)))
      throw new ConfigError(`${names.join(' or ')} must be ${range(min, max, whole)}, not "${text}".`);
    return value;
  }

  /** A whole number, at least 1 unless told. */
  count(name: SettingName, fallback: number, { min = 1, max = 1_000_000 } = {}): number {
    return this.number(name, { min, max, whole: true }) ?? fallback;
  }

  port(name: SettingName | Names, fallback: number): number {
    return this.number(name, { min: 0, max: 65535, whole: true }) ?? fallback;
  }

  flag(name: SettingName, fallback: boolean): boolean {
    const text = this.text(name)?.toLowerCase();
    if (text === undefined) return fallback;
    if (['true', '1', 'yes', 'on'].includes(text)) return true;
    if (['false', '0', 'no', 'off'].includes(text)) return false;
    throw new ConfigError(`${name} must be true or false, not "${text}".`);
  }

  url(name: SettingName, protocols: readonly string[]): string | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (!URL.canParse(text) || !protocols.includes(new URL(text).protocol))
      throw new ConfigError(`${name} must be a URL starting with ${protocols.map((p) => `${p}//`).join(' or ')}.`);
    return text;
  }

  /** A value that `fits`, described by `form`. A user and password in it are not repeated. */
  matching(name: SettingName, fits: (text: string) => boolean, form: string): string | undefined {
    const text = this.text(name);
    if (text !== undefined && !fits(text))
      throw new ConfigError(`${name} must be ${form}, not "${text.replace(/\/\/.*@/, '//…@')}".`);
    return text;
  }

  /** The content of the file a setting names. */
  file(name: SettingName): Buffer | undefined {
    const path = this.text(name);
    if (path === undefined) return undefined;
    try {
      return readFileSync(path);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      throw new ConfigError(`${name} must name a readable file; ${path} is not one (${String(code)}).`, { cause });
    }
  }

  list(...names: Names): readonly string[] {
    return (this.text(...names) ?? '')
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean);
  }
}
