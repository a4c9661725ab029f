import type { App } from '../http/app-type.ts';

/**
 * Bodies of this scope stay the bytes that came, which their signature covers, and no schema looks at them: until the
 * signature is checked, nothing of them is believed.
 */
export function takeSignedBodies(scope: App, bodyLimit: number): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_request, body, parsed) => {
    parsed(null, body);
  });
  scope.setValidatorCompiler(() => () => true);
}
