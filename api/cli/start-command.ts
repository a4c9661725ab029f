import type { Command } from 'commander';
import { productOf } from '../../infra/product/shipped.ts';

/** Runs all of Tenure on this machine; the rest of the command line then works against it. */
export function addStartCommand(program: Command): void {
  program
    .command('start')
    .description('runs Tenure with its own Temporal, Postgres, Stripe and mailbox until Ctrl-C')
    .option(
      '--product <name or path...>',
      'one that comes with Tenure, or your product.ts or the folder it is in (or TENURE_PRODUCT); of several, each has an API of its own',
    )
    .addHelpText(
      'after',
      '\nData are kept in .tenure in the current folder, or in TENURE_HOME. All other settings are variables too: the README lists them.',
    )
    .action(async ({ product }: { readonly product?: readonly string[] }) => {
      // Imported only here: it loads what no other command needs.
      const { runPlatform } = await import('../../infra/local-platform/supervise.ts');
      process.exit(await runPlatform(product === undefined ? {} : { TENURE_PRODUCT: product.map(productOf).join() }));
    });
}
