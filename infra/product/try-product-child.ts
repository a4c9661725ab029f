// The program of try-product.ts: loads a product and tells its parent what came of it.
import { openProduct } from './open-product.ts';
import { needsOf } from './needs.ts';
import type { Told } from './try-product.ts';

const [source = ''] = process.argv.slice(2);

const tell = (told: Told): void => {
  process.send?.(told, () => process.exit());
};
const refuse = (problem: string): void => {
  tell({ problem });
};

process.on('uncaughtException', (error: unknown, origin) => {
  const message = error instanceof Error ? error.message : String(error);
  refuse(
    origin === 'unhandledRejection'
      ? `a promise was rejected and nothing handles that: ${message}. Await it, or catch the error.`
      : `it threw while it was loaded: ${message}`,
  );
});

try {
  const needs = needsOf(await openProduct({ source }));
  // Only now is it known of a promise that nobody handles its rejection.
  setImmediate(() => {
    tell({ needs });
  });
} catch (error) {
  refuse(error instanceof Error ? error.message : String(error));
}
