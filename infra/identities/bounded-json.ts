const WITHIN_MS = 5_000;
const MOST_BYTES = 262_144;

/**
 * Reads a JSON object from an address of the issuer's, who may answer anything, for ever, or not at all.
 * @throws when it is not there within five seconds, too large, or no object
 */
export async function boundedJson(url: string): Promise<Readonly<Record<string, unknown>>> {
  const signal = AbortSignal.timeout(WITHIN_MS);
  // A redirect could lead to an address of our own network.
  const response = await fetch(url, { signal, redirect: 'error', headers: { accept: 'application/json' } });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`It answered ${String(response.status)}.`);
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  const stream: AsyncIterable<Uint8Array> | readonly Uint8Array[] = response.body ?? [];
  for await (const chunk of stream) {
    size += chunk.byteLength;
    if (size > MOST_BYTES) {
      await response.body?.cancel().catch(() => undefined);
      throw new Error(`It answered more than ${String(MOST_BYTES)} bytes.`);
    }
    chunks.push(chunk);
  }
  const read: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  if (typeof read !== 'object' || read === null || Array.isArray(read)) throw new Error('It is not a JSON object.');
  return read as Readonly<Record<string, unknown>>;
}
