/** An environment: names and values. */
export type Env = Readonly<Record<string, string | undefined>>;

/** A setting that cannot be used. The message is one sentence that names the variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Reads by the sources' names; where two sources name one setting differently the first name wins (acceptance part 14). */
export class Settings {
  private readonly env: Env;
  constructor(env: Env) {
    this.env = env;
  }

  text(...names: [string, ...string[]]): string | undefined {
    for (const name of names) {
      const value = this.env[name]?.trim();
      if (value) return value;
    }
    return undefined;
  }

  need(...names: [string, ...string[]]): string {
    const value = this.text(...names);
    if (value === undefined) throw new ConfigError(`${names.join(' or ')} must be set.`);
    return value;
  }

  number(name: string | [string, ...string[]], { min = 0, max = Number.MAX_SAFE_INTEGER } = {}): number | undefined {
    const names: [string, ...string[]] = typeof name === 'string' ? [name] : name;
    const text = this.text(...names);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!Number.isFinite(value) || value < min || value > max)
      throw new ConfigError(
        `${names.join(' or ')} must be a number from ${String(min)} to ${String(max)}, not "${text}".`,
      );
    return value;
  }

  port(name: string | [string, ...string[]], fallback: number): number {
    return this.number(name, { min: 0, max: 65535 }) ?? fallback;
  }

  flag(name: string, fallback: boolean): boolean {
    const text = this.text(name)?.toLowerCase();
    if (text === undefined) return fallback;
    if (['true', '1', 'yes', 'on'].includes(text)) return true;
    if (['false', '0', 'no', 'off'].includes(text)) return false;
    throw new ConfigError(`${name} must be true or false, not "${text}".`);
  }

  url(name: string, protocols: readonly string[]): string | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (!URL.canParse(text) || !protocols.includes(new URL(text).protocol))
      throw new ConfigError(`${name} must be a URL starting with ${protocols.map((p) => `${p}//`).join(' or ')}.`);
    return text;
  }

  list(name: string): readonly string[] {
    return (this.text(name) ?? '')
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean);
  }
}
