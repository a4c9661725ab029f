import type { SettingName } from '../config/table.ts';

const MAKE_ONE = 'make one with "openssl rand -hex 24"';
export const MAKE_KEYS =
  '"openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out licence.pem" and "openssl pkey -in licence.pem -pubout -out licence.pub.pem": name the first in JWT_PRIVATE_KEY, the second in JWT_PUBLIC_KEY';
/** Where the value of a setting comes from. */
export const REMEDIES: Readonly<Record<string, string>> = {
  STAFF_TOKEN: MAKE_ONE,
  GATEWAY_CONTROL_TOKEN: `${MAKE_ONE}; the gateway reads the same from its --token-file`,
  PULUMI_CONFIG_PASSPHRASE: `${MAKE_ONE}, and keep a copy: without it the secrets of the stacks are lost`,
  DATABASE_URL: 'create a database and its owner, then postgres://<owner>:<password>@<host>:5432/<database>',
  TEMPORAL_ADDRESS: 'the host:port of the server (Temporal Cloud: Namespaces > the namespace > gRPC endpoint)',
  STRIPE_SECRET_KEY: 'Stripe dashboard > Developers > API keys > Secret key',
  STRIPE_WEBHOOK_SECRET: 'Stripe dashboard > Developers > Webhooks > the endpoint > Signing secret > Reveal',
  SES_SENDER_EMAIL: 'the address that mails come from, of a domain verified in AWS console > Amazon SES > Identities',
  JWT_PRIVATE_KEY: MAKE_KEYS,
  JWT_PUBLIC_KEY: MAKE_KEYS,
  PUBLIC_URL: 'the https address that customers see, of the proxy before the API',
  TRUST_PROXY: 'the address or network of the proxy before the API, as the API sees it',
} satisfies Partial<Record<SettingName, string>>;
export const ELSE =
  'correct it where the processes get their environment (README, "Settings"; docker-compose.yml reads .env)';
