import { NOT_ENCODED } from '../../../infra/http-refusals.ts';
import { looksLikeCardNumber } from '../../../infra/input/card-number.ts';
import { isStorable } from '../../../infra/input/storable.ts';
import { TooDeepError, eachText } from '../../../infra/input/walk.ts';
import type { App } from '../app-type.ts';
import { ApiError } from '../errors.ts';

const cardRefused = (): ApiError =>
  new ApiError(400, {
    error: 'Card data refused',
    message: "This looks like a card number. Never send card data here: payments are made on Stripe's pages.",
    code: 'card_data_refused',
  });

const unreadable = (message: string): ApiError =>
  new ApiError(400, { error: 'The request is not valid', message, code: 'validation_failed' });

function refuseUnencoded(url: string): void {
  const [, ...query] = url.split('?');
  try {
    decodeURIComponent(query.join('?'));
  } catch {
    throw new ApiError(400, { error: NOT_ENCODED.error, message: NOT_ENCODED.message, code: 'bad_request' });
  }
}

function refuseUnstorable(text: string): void {
  if (!isStorable(text)) throw unreadable('Text must not contain U+0000 or unpaired surrogates.');
}

function refuseCard(text: string): void {
  if (looksLikeCardNumber(text)) throw cardRefused();
}

/**
 * Refuses what no route can accept, before anything of it is stored or logged: card numbers, texts that Postgres cannot
 * hold, a query that is not encoded, and bodies that are nested too deeply. Raw bodies are checked by their own routes.
 */
export function bodyRules(app: App): void {
  app.addHook('preValidation', (request, _reply, done) => {
    try {
      refuseUnencoded(request.url);
      eachText([request.query, request.params], refuseUnstorable);
      if (!Buffer.isBuffer(request.body))
        eachText(request.body, (text) => {
          refuseUnstorable(text);
          refuseCard(text);
        });
      done();
    } catch (error) {
      if (error instanceof TooDeepError) done(unreadable('The body is nested too deeply.'));
      else done(error as Error);
    }
  });
}
