// The program of try-product.ts: loads a product and tells its parent what came of it.
import { openProduct } from './open-product.ts';
import { requireSettings, type GivenSettings } from './required-settings.ts';

const [source = '', given = '{}'] = process.argv.slice(2);

const tell = (problem: string | null): void => {
  process.send?.({ problem }, () => process.exit());
};

process.on('uncaughtException', (error: unknown, origin) => {
  const message = error instanceof Error ? error.message : String(error);
  tell(
    origin === 'unhandledRejection'
      ? `a promise was rejected and nothing handles that: ${message}. Await it, or catch the error.`
      : `it threw while it was loaded: ${message}`,
  );
});

try {
  requireSettings(JSON.parse(given) as GivenSettings, await openProduct({ source }));
  // Only now is it known of a promise that nobody handles its rejection.
  setImmediate(() => {
    tell(null);
  });
} catch (error) {
  tell(error instanceof Error ? error.message : String(error));
}
