import type { FastifySchemaValidationError } from 'fastify';
import { FORMATS } from '../../../infra/input/formats.ts';
import { PATTERNS } from '../../../infra/input/patterns.ts';
import type { Problem } from '../errors.ts';

type Words = (params: Readonly<Record<string, unknown>>, message: string) => string;

const FORMS = new Map<unknown, string>(Object.values(PATTERNS).map(({ pattern, message }) => [pattern, message]));
const MESSAGES = Object.fromEntries(Object.entries(FORMATS).map(([name, { message }]) => [name, message]));

/** Ajv's findings in words. What was sent is never repeated. */
const WORDS: Readonly<Record<string, Words>> = {
  required: () => 'is required.',
  additionalProperties: () => 'is not a known field.',
  enum: ({ allowedValues }) => `must be one of ${(allowedValues as string[]).join(', ')}.`,
  type: ({ type }) => `must be of type ${String(type)}.`,
  maxLength: ({ limit }) => `must be at most ${String(limit)} characters long.`,
  minLength: ({ limit }) => (limit === 1 ? 'must not be empty.' : `must be at least ${String(limit)} characters long.`),
  minimum: ({ limit }) => `must be at least ${String(limit)}.`,
  maximum: ({ limit }) => `must be at most ${String(limit)}.`,
  format: ({ format }) => MESSAGES[String(format)] ?? 'does not have the expected form.',
  pattern: ({ pattern }) => FORMS.get(pattern) ?? 'does not have the expected form.',
};

const named = ({ keyword, params }: FastifySchemaValidationError): string | undefined => {
  if (keyword === 'required') return String(params['missingProperty']);
  return keyword === 'additionalProperties' ? String(params['additionalProperty']) : undefined;
};

function problemOf(finding: FastifySchemaValidationError, where: string): Problem {
  const path = finding.instancePath.slice(1).replaceAll('/', '.');
  const field = [path, named(finding)].filter(Boolean).join('.') || where;
  const words = WORDS[finding.keyword]?.(finding.params, finding.message ?? '');
  return { field, message: `${field} ${words ?? `${finding.message ?? 'is not valid'}.`}` };
}

interface ValidationError {
  readonly validation?: FastifySchemaValidationError[] | undefined;
  readonly validationContext?: string | undefined;
}

/** A body full of wrong members has thousands of problems; nobody reads that many. */
const MOST_FINDINGS = 50;

/** What a schema found wrong, one problem for each field. */
export function schemaProblems(error: ValidationError | undefined): readonly Problem[] {
  const where = error?.validationContext ?? 'body';
  const found = (error?.validation ?? []).slice(0, MOST_FINDINGS).map((finding) => problemOf(finding, where));
  return [...new Map(found.map((problem) => [problem.field, problem])).values()];
}
