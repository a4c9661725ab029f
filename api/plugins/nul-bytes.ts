import type { App } from '../app-type.ts';
import { ApiError } from '../errors.ts';
import { textsIn } from './texts.ts';

/** Postgres cannot hold U+0000 in text; without this it would be an error of ours. */
export function nulBytes(app: App): void {
  app.addHook('preValidation', (request, _reply, done) => {
    const body = Buffer.isBuffer(request.body) ? undefined : request.body;
    const texts = [...textsIn(body), ...textsIn(request.query), ...textsIn(request.params)];
    if (!texts.some((text) => text.includes('\0'))) done();
    else
      done(
        new ApiError(400, {
          error: 'The request is not valid',
          message: 'Text must not contain the character U+0000.',
          code: 'validation_failed',
        }),
      );
  });
}
