import { parseArgs } from 'node:util';
import { begin, optionsOf, UsageError } from '../../infra/begin.ts';
import { howTo } from '../../infra/program-file.ts';
import { readHere } from '../doctor/here.ts';
import { setUpStripe } from './set-up.ts';

const FLAG = { type: 'boolean', default: false } as const;

const USAGE = `Usage: ${howTo('stripe', 'plan | apply [options]')}

  plan                 shows what in Stripe differs from the product's catalogue; changes nothing
  apply                makes it so, as far as no customer is touched, and says what is left
  --product <path>     your product, when not by TENURE_PRODUCT
  --webhook-url <url>  of the webhook endpoint, where it is not <PUBLIC_URL>/webhooks/stripe
  --live               needed to apply with a key of live mode
Exit code 0: nothing (more) to do. 1: something is left to do. 2: an option is wrong. 4: Stripe did not answer.`;

function readOptions() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { help: FLAG, live: FLAG, 'webhook-url': { type: 'string' } },
  });
  const [command = '', ...others] = positionals;
  if (!values.help && ((command !== 'plan' && command !== 'apply') || others.length > 0))
    throw new UsageError('Say plan or apply.');
  const webhookUrl = values['webhook-url'];
  if (webhookUrl !== undefined && !/^https?:$/.test(URL.parse(webhookUrl)?.protocol ?? ''))
    throw new UsageError('--webhook-url must be an address such as https://…');
  return { values, order: { apply: command === 'apply', live: values.live, webhookUrl } };
}

/** `tenure stripe`: brings Stripe to what the product's catalogue says. */
await begin(async () => {
  const { order } = optionsOf(USAGE, readOptions);
  const say = (text: string): void => {
    process.stdout.write(`${text}\n`);
  };
  process.exitCode = await setUpStripe(await readHere('lifecycle-worker'), { ...order, say });
});
