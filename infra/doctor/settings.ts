import type { SettingName } from '../config/table.ts';
import { isLoopback } from '../config/forms.ts';
import { PUT_IT_BACK } from '../licence-key.ts';
import type { Answer } from './answer.ts';
import { examine, missing, ok, okIf, unknown, type Check, type Finding } from './finding.ts';
import { ELSE, MAKE_KEYS, REMEDIES } from './remedies.ts';

/** Fingerprints of the key that instances check licences with. */
export interface PublicKeyFacts {
  /** Of what the processes are given. */
  readonly given: readonly string[];
  /** Of what the instances have, as Postgres says; undefined before the first process has started. */
  readonly recorded: Answer<string | undefined>;
}

export interface SettingsFacts {
  /** Sentences of refusal, each with the processes that do not start for it. */
  readonly wrong: readonly { readonly sentence: string; readonly processes: readonly string[] }[];
  /** What `npm start` runs, for this machine alone. */
  readonly development: boolean;
  readonly publicUrl?: string | undefined;
  readonly proxies?: readonly string[] | undefined;
  /** By the name of the setting. Never shown. */
  readonly secrets: Readonly<Record<string, string | undefined>>;
  readonly webhookSecret?: string | undefined;
  /** Of the key that licences are signed with, in bits. */
  readonly licenceKeyBits?: number | undefined;
  readonly publicKey?: PublicKeyFacts | undefined;
}

/** As many as 16 random digits of hex have. */
const ENOUGH_BITS = 64;
const ENOUGH_RSA_BITS = 2_048;

/** No more than its length and the number of different characters allow; words of a language have far less. */
const guessableBits = (secret: string): number =>
  Math.floor(secret.length * Math.log2(Math.max(1, new Set(secret).size)));

const isHere = (url: string): boolean => isLoopback(new URL(url).hostname);

/** What whoever guesses it can do. */
const POWER: Readonly<Record<string, string>> = {
  STAFF_TOKEN: 'cancel, refund and erase every customer',
  SUPPORT_TOKEN: 'read everything about every customer',
  GATEWAY_CONTROL_TOKEN: 'stop every instance',
  PULUMI_CONFIG_PASSPHRASE: "read the passwords in the tenants' stacks",
  DATABASE_URL: 'read and change everything of every customer',
  TENANT_DATABASE_URL: "read and change every tenant's data",
} satisfies Partial<Record<SettingName, string>>;

const secretCheck = (name: string, secret: string): Check<undefined> => ({
  check: name,
  look: () =>
    okIf(
      guessableBits(secret) >= ENOUGH_BITS,
      'strong',
      `${name.endsWith('_URL') ? 'its password' : 'it'} can be guessed (${String(guessableBits(secret))} bits at most)`,
    ),
  means: `somebody who guesses it can ${POWER[name] ?? 'act as Tenure'}`,
  remedy: `make another one with "openssl rand -hex 24", and restart the processes${name.endsWith('_URL') ? ' after "alter role … password"' : ''}`,
});

const urlCheck = (publicUrl: string, development: boolean): Check<undefined> => ({
  check: 'PUBLIC_URL',
  look: () => {
    if (publicUrl.startsWith('https:')) return ok(publicUrl);
    if (!isHere(publicUrl)) return missing(`${publicUrl} is not https`);
    return okIf(development, `${publicUrl}, for this machine alone`, `${publicUrl} is this machine alone`);
  },
  means: 'links in mails do not work, or passwords and sessions can be read in transit',
  remedy: 'set PUBLIC_URL to the https address that customers see, of the proxy before the API',
});

const proxyCheck = (proxies: readonly string[]): Check<undefined> => ({
  check: 'TRUST_PROXY',
  look: () =>
    okIf(proxies.length > 0, proxies.join(', '), 'names no proxy, and there is one where PUBLIC_URL is https'),
  means: 'all visitors look like one: after a few signups or wrong passwords everybody has to wait',
  remedy: 'set TRUST_PROXY to the address or network of the proxy before the API, as the API sees it',
});

const keyCheck = (bits: number): Check<undefined> => ({
  check: 'licence key',
  look: () => okIf(bits >= ENOUGH_RSA_BITS, `RSA, ${String(bits)} bits`, `RSA of ${String(bits)} bits can be broken`),
  means: 'licences and sign-ins to instances could be forged',
  remedy: MAKE_KEYS,
});

const ownKeyCheck = ({ given, recorded }: PublicKeyFacts): Check<undefined> => ({
  check: 'JWT_PUBLIC_KEY',
  look: () => {
    if (!('told' in recorded)) return unknown('Postgres does not say whether it is the key that the instances have');
    const { told } = recorded;
    if (told === undefined) return ok('not used yet');
    return okIf(
      given.every((each) => each === told),
      'the key that the instances have',
      `not the key that the instances have (SHA-256 ${told})`,
    );
  },
  means:
    'processes with it do not start: customers could not open their instances, which would stop at their next update',
  remedy: PUT_IT_BACK,
});

const webhookSecretCheck = (secret: string): Check<undefined> => ({
  check: 'STRIPE_WEBHOOK_SECRET',
  look: () =>
    okIf(secret.startsWith('whsec_'), 'has the right form', 'is not a signing secret: those begin with whsec_'),
  means: 'every Stripe event is refused: payments are noticed only when something else is due',
  remedy: 'dashboard > Developers > Webhooks > the endpoint > Signing secret > Reveal',
});

/** The checks of what could be read: a setting that is refused is one finding already. */
function* checksOf(facts: SettingsFacts): Iterable<Check<undefined>> {
  const { publicUrl, proxies, licenceKeyBits, publicKey, webhookSecret, secrets, development } = facts;
  if (publicUrl !== undefined) yield urlCheck(publicUrl, development);
  if (proxies && publicUrl?.startsWith('https:') === true) yield proxyCheck(proxies);
  if (webhookSecret !== undefined) yield webhookSecretCheck(webhookSecret);
  if (licenceKeyBits !== undefined) yield keyCheck(licenceKeyBits);
  if (publicKey) yield ownKeyCheck(publicKey);
  for (const [name, secret] of Object.entries(secrets)) if (secret !== undefined) yield secretCheck(name, secret);
}

const refused = ({ sentence, processes }: SettingsFacts['wrong'][number]): Finding => {
  const name = sentence.split(' ')[0] ?? '';
  return {
    ...{ part: 'Settings', check: name, state: 'missing', found: sentence },
    trouble: { means: `${processes.join(', ')} cannot start`, remedy: REMEDIES[name] ?? ELSE },
  };
};

/** What the settings say by themselves, with nobody asked. */
export const settingsFindings = (facts: SettingsFacts): Finding[] => [
  ...facts.wrong.map(refused),
  ...examine('Settings', undefined, [...checksOf(facts)]),
];
