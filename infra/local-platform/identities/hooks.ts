import { SIGNATURE_HEADER, signatureOf } from '../../identities/hook-signature.ts';
import type { Person } from './people.ts';

export interface Hooks {
  readonly urls: readonly string[];
  readonly secret: string;
}

const ANSWER_WITHIN_MS = 30_000;

/** Cognito's event after somebody has confirmed their address. */
const eventOf = ({ sub, email, givenName, familyName }: Person): object => ({
  ...{ version: '1', userName: sub, triggerSource: 'PostConfirmation_ConfirmSignUp' },
  request: {
    userAttributes: { sub, email, email_verified: 'true', given_name: givenName, family_name: familyName },
  },
  response: {},
});

/** Tells each product that has the hook. As with Cognito, whoever signed up may go on whatever it answers. */
export async function tellHooks({ urls, secret }: Hooks, person: Person): Promise<void> {
  const body = JSON.stringify(eventOf(person));
  const call = async (url: string): Promise<void> => {
    const headers = { 'content-type': 'application/json', [SIGNATURE_HEADER]: signatureOf(secret, body) };
    const reply = await fetch(url, { method: 'POST', body, headers, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    await reply.body?.cancel();
    // Another product beside it has no such hook.
    if (!reply.ok && reply.status !== 404) throw new Error(`it answered ${String(reply.status)}`);
  };
  for (const [index, told] of (await Promise.allSettled(urls.map(call))).entries())
    if (told.status === 'rejected')
      process.stderr.write(`The hook ${urls[index] ?? ''} failed: ${String(told.reason)}\n`);
}
