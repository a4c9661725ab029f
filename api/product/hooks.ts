import proxyAddr from '@fastify/proxy-addr';
import type { FastifyRequest } from 'fastify';
import type { HookConfig } from '../../infra/config/types.ts';
import { hookSignature, SIGNATURE_HEADER } from '../../infra/identities/hook-signature.ts';
import { sameToken } from '../../infra/tokens.ts';
import { ApiError } from '../http/errors.ts';

const TOLERANCE_SECONDS = 300;

interface Signed {
  readonly header: unknown;
  readonly body: Buffer;
  readonly now: number;
}

/** Whether one of the secrets signed that body in the last five minutes. */
function isSigned(secrets: readonly string[], { header, body, now }: Signed): boolean {
  if (typeof header !== 'string' || header.length > 1_000) return false;
  const parts = header.split(',').map((part) => part.trim());
  const seconds = parts.find((part) => /^t=\d{1,12}$/.test(part))?.slice(2);
  if (seconds === undefined || Math.abs(now / 1_000 - Number(seconds)) > TOLERANCE_SECONDS) return false;
  const given = parts.filter((part) => /^v1=[0-9a-f]{64}$/.test(part)).map((part) => part.slice(3));
  const right = secrets.map((secret) => hookSignature(secret, Number(seconds), body));
  return given.some((one) => right.some((other) => sameToken(one, other)));
}

/** Of who calls the hooks, as the list in the settings has it. */
const isListed = (addresses: readonly string[], ip: string): boolean =>
  addresses.length > 0 && proxyAddr.compile([...addresses])(ip, 0);

/**
 * That a hook is called by the system it is for.
 * @throws ApiError 401 otherwise
 */
export function checkCaller(
  { secrets, addresses }: HookConfig,
  request: Pick<FastifyRequest, 'ip' | 'headers'>,
  { body, now }: { readonly body: Buffer; readonly now: Date },
): void {
  const signed = { header: request.headers[SIGNATURE_HEADER], body, now: now.getTime() };
  if (isSigned(secrets, signed) || isListed(addresses, request.ip)) return;
  throw new ApiError(401, {
    error: 'Invalid signature',
    message:
      'The header Tenure-Signature is missing, wrong or older than five minutes, and the address is not on the list.',
    code: 'invalid_signature',
  });
}
