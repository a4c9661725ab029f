import { isGrpcServiceError, type Client } from '@temporalio/client';
import { ask, type Answer } from '../doctor/answer.ts';
import type { TemporalFacts } from '../doctor/temporal.ts';
import { encodeSearchAttributeIndexedValueType } from '@temporalio/common/lib/search-attributes.js';
import { NOT_FOUND, failedWith } from './namespace.ts';
import { ATTRIBUTE_TYPES, KEPT_DAYS } from './setup.ts';

/** The types by number, in the words of Temporal's command line. */
const TYPES = ['Unspecified', 'Text', 'Keyword', 'Int', 'Double', 'Bool', 'Datetime', 'KeywordList'];

const named = (attributes: Readonly<Record<string, number | undefined>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(attributes).map(([name, type = 0]) => [name, TYPES[type] ?? 'Unspecified']));

/** What Tenure needs of a namespace. */
export const NEEDED = {
  keptDays: KEPT_DAYS,
  attributes: named(
    Object.fromEntries(
      Object.entries(ATTRIBUTE_TYPES).map(([name, type]) => [name, encodeSearchAttributeIndexedValueType(type)]),
    ),
  ),
};

/** Codes of gRPC. */
const REFUSALS = { 7: 'permission denied', 12: 'not offered', 16: 'not signed in' } as const;
const WITHIN_MS = 5_000;
const DAY_SECONDS = 86_400;

const refusalOf = (error: unknown): string | undefined =>
  isGrpcServiceError(error) ? REFUSALS[error.code as keyof typeof REFUSALS] : undefined;

/** Asks Temporal, changing nothing. Never rejects. */
export async function readTemporalFacts(client: Client, namespace: string): Promise<TemporalFacts> {
  const { workflowService, operatorService } = client.connection;
  const within = <T>(question: () => Promise<T>): Promise<Answer<T>> =>
    ask(() => client.connection.withDeadline(Date.now() + WITHIN_MS, question), refusalOf);
  const [found, attributes] = await Promise.all([
    within(async () => {
      try {
        const { config } = await workflowService.describeNamespace({ namespace });
        return { keptDays: Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) / DAY_SECONDS };
      } catch (error) {
        if (failedWith(error, NOT_FOUND)) return undefined;
        throw error;
      }
    }),
    within(async () => named((await operatorService.listSearchAttributes({ namespace })).customAttributes)),
  ]);
  return { namespace: found, attributes };
}
