import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { boundedJson } from './bounded-json.ts';

/** The issuer cannot be asked now, and without it nobody knows whether the token is good. */
export class IssuerUnavailableError extends Error {
  override readonly name = 'IssuerUnavailableError';
}

/** Keys are read again so that one which the issuer took away is not believed for ever. */
const FRESH_MS = 600_000;
/** While the issuer is unavailable, the keys that are known are used: as long as an outage may last. */
const STALE_MS = 24 * 3_600_000;
/** Between two attempts: tokens with invented key ids must not become requests to the issuer. */
const PAUSE_MS = 10_000;

interface Known {
  readonly keys: JWTVerifyGetKey;
  readonly at: number;
}

const discoveryOf = (issuer: string): string => `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;

/** The signing keys of one issuer, as its discovery document leads to them. */
export class IssuerKeys {
  private readonly issuer: string;
  private readonly now: () => number;
  private known: Known | undefined;
  private triedAt = -Infinity;
  private failed: Error | undefined;
  private reading: Promise<void> | undefined;

  constructor(issuer: string, now: () => number = () => Date.now()) {
    this.issuer = issuer;
    this.now = now;
  }

  /**
   * The key that a token's header names.
   * @throws IssuerUnavailableError when it is not known and the issuer cannot be asked; errors of jose otherwise
   */
  readonly key: JWTVerifyGetKey = async (header, token) => {
    if (this.age() >= FRESH_MS) await this.refresh();
    if (this.age() >= STALE_MS) throw this.unavailable();
    try {
      return await this.current(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
    }
    // The issuer may have a new key.
    await this.refresh();
    if (this.failed !== undefined) throw this.unavailable();
    return this.current(header, token);
  };

  private readonly current: JWTVerifyGetKey = async (header, token) => {
    if (this.known === undefined) throw this.unavailable();
    return this.known.keys(header, token);
  };

  private age(): number {
    return this.known === undefined ? Infinity : this.now() - this.known.at;
  }

  private unavailable(): IssuerUnavailableError {
    return new IssuerUnavailableError('The issuer of the tokens does not give its keys now.', { cause: this.failed });
  }

  private async refresh(): Promise<void> {
    if (this.reading === undefined && this.now() - this.triedAt < PAUSE_MS) return;
    this.reading ??= this.read().finally(() => {
      this.reading = undefined;
    });
    await this.reading;
  }

  private async read(): Promise<void> {
    this.triedAt = this.now();
    try {
      const { issuer, jwks_uri: address } = await boundedJson(discoveryOf(this.issuer));
      if (issuer !== this.issuer) throw new Error('Its discovery document is of another issuer.');
      if (typeof address !== 'string' || !URL.canParse(address)) throw new Error('It does not say where its keys are.');
      if (new URL(address).protocol !== new URL(this.issuer).protocol) throw new Error('Its keys are not on https.');
      const keys = createLocalJWKSet((await boundedJson(address)) as unknown as JSONWebKeySet);
      this.known = { keys, at: this.now() };
      this.failed = undefined;
    } catch (error) {
      this.failed = error instanceof Error ? error : new Error('unknown');
    }
  }
}
