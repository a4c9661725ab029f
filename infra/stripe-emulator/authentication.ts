import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { invalidRequest, type StripeError } from './errors.ts';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

function givenKey(header: string | undefined): string | undefined {
  const [scheme, value] = (header ?? '').split(' ', 2);
  if (!value) return undefined;
  if (scheme?.toLowerCase() === 'bearer') return value;
  return scheme?.toLowerCase() === 'basic' ? Buffer.from(value, 'base64').toString().split(':')[0] : undefined;
}

/** Shows as much of a key as Stripe does: enough to recognise it, not to use it. */
const masked = (key: string): string =>
  `${key.slice(0, 8)}${'*'.repeat(Math.max(0, Math.min(16, key.length - 12)))}${key.length > 16 ? key.slice(-4) : ''}`;

/** Why a request may not come in: no key, a wrong key, or a version of the API this emulator does not speak. */
export function refusalOf(request: FastifyRequest, secretKey: string, apiVersion: string): StripeError | undefined {
  const key = givenKey(request.headers.authorization);
  if (key === undefined)
    return invalidRequest(
      "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
      {},
      401,
    );
  if (!timingSafeEqual(digest(key), digest(secretKey)))
    return invalidRequest(`Invalid API Key provided: ${masked(key)}`, {}, 401);
  const version = request.headers['stripe-version'];
  if (version === undefined || version === apiVersion) return undefined;
  return invalidRequest(
    `Invalid Stripe API version: ${String(version)}. The local emulator speaks ${apiVersion} only.`,
  );
}
