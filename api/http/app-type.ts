import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { Brand } from '../../workflows/domain/profiles/brand.ts';
import type { Access, Caller } from './plugins/access.ts';
import type { ErrorStatus } from './plugins/operations.ts';

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may come in. A route without one refuses everybody. */
    access?: Access;
    /** Errors it may answer with beside those that follow from its policy and its schema. */
    errors?: readonly ErrorStatus[];
    /** What a person is told when we fail (5xx). */
    failure?: string;
    /** Somebody signs up by it: its answers are counted as such. */
    signup?: boolean;
    /** Whether this product has it. What it has not is refused with a reason, and left out of the document of the API. */
    offered?: boolean;
    /** Answers with a page, errors too. */
    page?: boolean;
  }
  interface FastifyInstance {
    /** Of the one product whose pages it serves. */
    brand: Brand;
  }
  interface FastifyRequest {
    caller: Caller | null;
  }
}
