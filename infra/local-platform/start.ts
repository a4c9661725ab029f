import { parseArgs } from 'node:util';
import { optionsOf } from '../begin.ts';
import { productOf, shippedProducts } from '../product/shipped.ts';
import { runPlatform } from './supervise.ts';

const USAGE = `Usage: npm start [-- --product <name or path> …]

Runs Tenure with its own Temporal, Postgres, Stripe and mailbox until Ctrl-C. Its settings are variables of the
environment, such as PORT and TENURE_HOME: the README lists them.

  --product <name or path>  ${shippedProducts().join(', ')}, or your product.ts or its folder (or TENURE_PRODUCT).
                            Given several times, each product has an API of its own, beside the same workers`;

const {
  values: { product },
} = optionsOf(USAGE, () =>
  parseArgs({ options: { help: { type: 'boolean' }, product: { type: 'string', multiple: true } } }),
);
process.exit(await runPlatform(product === undefined ? {} : { TENURE_PRODUCT: product.map(productOf).join() }));
