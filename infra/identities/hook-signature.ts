import { createHmac } from 'node:crypto';

/** `t=<Unix seconds>,v1=<HMAC-SHA256 of "t.body" in hex>`; several v1 may stand there while a secret is replaced. */
export const SIGNATURE_HEADER = 'tenure-signature';

/** One `v1`. */
export const hookSignature = (secret: string, seconds: number, body: Buffer | string): string =>
  createHmac('sha256', secret)
    .update(`${String(seconds)}.`)
    .update(body)
    .digest('hex');

/** The header of a body that is sent now. */
export function signatureOf(secret: string, body: string): string {
  const seconds = Math.floor(Date.now() / 1_000);
  return `t=${String(seconds)},v1=${hookSignature(secret, seconds, body)}`;
}
