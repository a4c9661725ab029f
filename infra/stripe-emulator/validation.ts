import { readFile } from 'node:fs/promises';
import type { Ajv, ValidateFunction } from 'ajv';
import { adoptNewerVersion } from './api-version.ts';
import type { StripeEvent } from './events.ts';
import { convertDocument, type OpenApi } from './openapi.ts';

interface ValidationFailure {
  method: string;
  path: string;
  side: 'request' | 'reply' | 'event';
  errors: string[];
}

export interface ValidationReport {
  validated: number;
  unvalidated: number;
  failures: ValidationFailure[];
}

export interface Validation {
  request: (method: string, path: string, params: unknown) => void;
  reply: (method: string, path: string, status: number, body: string) => void;
  event: (event: StripeEvent) => void;
  report: () => ValidationReport;
}

interface Checked {
  method: string;
  path: string;
  side: ValidationFailure['side'];
  schema: string;
  value: unknown;
}

const validator = (ajv: Ajv, schema: string): ValidateFunction | undefined =>
  ajv.getSchema(`stripe#/$defs/${encodeURIComponent(schema.replaceAll('/', '~1'))}`);

class OpenApiValidation implements Validation {
  private readonly ajv: Ajv;
  private readonly counts: ValidationReport = { validated: 0, unvalidated: 0, failures: [] };

  constructor(ajv: Ajv) {
    this.ajv = ajv;
  }

  request(method: string, path: string, params: unknown): void {
    this.check({ method, path, side: 'request', schema: `request ${method} ${path}`, value: params });
  }

  reply(method: string, path: string, status: number, body: string): void {
    const schema = status < 300 ? `reply ${method} ${path}` : 'error';
    this.check({ method, path, side: 'reply', schema, value: JSON.parse(body) });
  }

  event(event: StripeEvent): void {
    const { object } = event.data as { object: { object: string } };
    const at = { method: 'EVENT', path: event.type, side: 'event' as const };
    this.check({ ...at, schema: 'event', value: event });
    this.check({ ...at, schema: 'event type', value: event.type });
    this.check({ ...at, schema: object.object, value: object });
  }

  report(): ValidationReport {
    return this.counts;
  }

  private check({ method, path, side, schema, value }: Checked): void {
    const validate = validator(this.ajv, schema);
    if (!validate) {
      this.counts.unvalidated += 1;
      return;
    }
    this.counts.validated += 1;
    if (validate(value)) return;
    const errors = (validate.errors ?? []).map(
      (error) => `${error.instancePath} ${error.message ?? ''} ${JSON.stringify(error.params)}`,
    );
    this.counts.failures.push({ method, path, side, errors });
  }
}

/** Counts what it cannot check, so that nobody takes silence for agreement. */
class NoValidation implements Validation {
  private unvalidated = 0;

  request(): void {
    this.unvalidated += 1;
  }

  reply(): void {
    this.unvalidated += 1;
  }

  event(): void {
    this.unvalidated += 1;
  }

  report(): ValidationReport {
    return { validated: 0, unvalidated: this.unvalidated, failures: [] };
  }
}

/** They reach most of the document: compiled before anybody is served, or the first request would wait for seconds. */
const COMPILED_AT_ONCE = ['customer', 'subscription', 'invoice', 'checkout.session', 'event', 'error'];

async function load(openapiFile: string): Promise<Ajv> {
  const document = JSON.parse(await readFile(openapiFile, 'utf8')) as OpenApi;
  const { Ajv: AjvClass } = await import('ajv');
  const ajv = new AjvClass({
    ...{ strict: false, inlineRefs: false, validateFormats: false, allErrors: true },
    // Optimizing takes longer than all that is ever validated.
    code: { optimize: false },
  });
  ajv.addSchema(convertDocument(adoptNewerVersion(document)), 'stripe');
  for (const schema of COMPILED_AT_ONCE) validator(ajv, schema);
  return ajv;
}

/** Compiling takes seconds, so emulators of one process share the compiled document (their counts they do not). */
const loaded = new Map<string, Promise<Ajv>>();

function loadOnce(openapiFile: string): Promise<Ajv> {
  const ajv = loaded.get(openapiFile) ?? load(openapiFile);
  loaded.set(openapiFile, ajv);
  return ajv;
}

/**
 * Holds the emulator to Stripe's own contract: every accepted request, every reply and every event against Stripe's
 * OpenAPI document. Without a file nothing is checked, and everything is counted as unvalidated.
 */
export async function createValidation(openapiFile: string | undefined): Promise<Validation> {
  if (openapiFile === undefined) return new NoValidation();
  return new OpenApiValidation(await loadOnce(openapiFile));
}
