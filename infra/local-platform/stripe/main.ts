import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { startStripeEmulator, type StripeEmulatorOptions } from '../../stripe-emulator/server.ts';
import { answerOnlyLocalRequests } from '../answer-only-local-requests.ts';

const USAGE =
  'Usage: main.ts --port <n> --data <file> (--secrets-file <json> | --secret-key <key> --webhook-secret <secret>) [--webhook-url <url>] [--openapi <file>]';

interface Secrets {
  secretKey: string;
  webhookSecret: string;
}

interface Flags {
  'secret-key'?: string | undefined;
  'webhook-secret'?: string | undefined;
  'secrets-file'?: string | undefined;
}

/** A file is better: every user of the machine can read flags. */
async function readSecrets(flags: Flags): Promise<Secrets> {
  const file = flags['secrets-file'];
  const given: Partial<Secrets> = file
    ? (JSON.parse(await readFile(file, 'utf8')) as Partial<Secrets>)
    : { secretKey: flags['secret-key'] ?? '', webhookSecret: flags['webhook-secret'] ?? '' };
  if (!given.secretKey || !given.webhookSecret) throw new Error(`Both secrets are needed. ${USAGE}`);
  return { secretKey: given.secretKey, webhookSecret: given.webhookSecret };
}

async function readOptions(): Promise<StripeEmulatorOptions> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      ...{ port: text, host: text, data: text, openapi: text },
      ...{ 'secret-key': text, 'webhook-secret': text, 'secrets-file': text, 'webhook-url': text },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || !values.data) throw new Error(`--port and --data are needed. ${USAGE}`);
  const { secretKey, webhookSecret } = await readSecrets(values);
  const url = values['webhook-url'];
  return {
    ...{ port, dataFile: values.data, secretKey },
    webhooks: url ? [{ url, secret: webhookSecret }] : [],
    ...(values.host ? { host: values.host } : {}),
    ...(values.openapi ? { openapiFile: values.openapi } : {}),
  };
}

const LAST_CHANCE_MS = 900;

const emulator = await startStripeEmulator({ ...(await readOptions()), guard: answerOnlyLocalRequests });
process.stdout.write(`Stripe emulator listening on ${emulator.url}\n`);

const stop = (): void => {
  setTimeout(() => process.exit(1), LAST_CHANCE_MS).unref();
  void emulator.close().then(() => process.exit(0));
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
