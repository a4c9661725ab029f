import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import Runtime from 'jest-runtime';

const require = createRequire(import.meta.url);

/**
 * Has Node load the test files, and so once per process what they import. Jest's own runtime loads all of it anew for
 * each file, into a context of its own.
 */
export default class NativeRuntime extends Runtime {
  unstable_shouldLoadAsEsm() {
    return true;
  }

  unstable_importModule(path) {
    return import(pathToFileURL(path).href);
  }

  /** Only what collects and runs the tests: each file begins with none. */
  requireInternalModule(path) {
    delete require.cache[require.resolve(path)];
    return require(path);
  }
}
