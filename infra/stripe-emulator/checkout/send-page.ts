import type { FastifyReply } from 'fastify';
import { StripeError } from '../errors.ts';

interface Page {
  page: string;
  status?: number;
  /** Where a form may lead besides back here. */
  shop?: string;
}

/** Chrome applies `form-action` to the redirect after the post too, so the shop's own origin has to be allowed. */
export function sendTo(reply: FastifyReply, { page, status = 200, shop = '' }: Page): FastifyReply {
  const policy = `default-src 'none'; style-src 'unsafe-inline'; form-action 'self' ${shop}; base-uri 'none'; frame-ancestors 'none'`;
  return reply.code(status).header('Content-Security-Policy', policy).type('text/html; charset=utf-8').send(page);
}

/** What a declined card leaves behind stands, as it does for a request. */
export const keeps = (thrown: unknown): boolean => thrown instanceof StripeError && thrown.keepsEffects;
