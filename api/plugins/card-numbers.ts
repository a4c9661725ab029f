import type { App } from '../app-type.ts';
import { ApiError } from '../errors.ts';
import { textsIn } from './texts.ts';

/** Groups of digits, alone or joined by single spaces or dashes. */
const DIGITS = /\d+(?:[\s\p{Pd}]\d+)*/gu;
/** Card schemes begin with 2 to 6. Without this every tenth time stamp in milliseconds would look like a card. */
const SHAPE = /^[2-6]\d{12,18}$/;

function isLuhnValid(digits: string): boolean {
  const sum = Array.from(digits)
    .reverse()
    .reduce((total, digit, index) => {
      const value = Number(digit) * (index % 2 === 1 ? 2 : 1);
      return total + (value > 9 ? value - 9 : value);
    }, 0);
  return sum % 10 === 0;
}

/** Every run of neighbouring groups, so that a house number before a card number does not hide it. */
function holdsCardNumber(groups: readonly string[]): boolean {
  return groups.some((_, from) =>
    groups.slice(from).some((__, length) => {
      const digits = groups.slice(from, from + length + 1).join('');
      return SHAPE.test(digits) && isLuhnValid(digits);
    }),
  );
}

/** Whether a text holds something shaped like a payment card number (13 to 19 digits, Luhn-valid). */
export function looksLikeCardNumber(text: string): boolean {
  const runs = text.normalize('NFKC').match(DIGITS) ?? [];
  return runs.some((run) => holdsCardNumber(run.split(/\D/u)));
}

/** Refuses card numbers anywhere in a body before anything of it is stored or logged (acceptance part 14). */
export function cardNumbers(app: App): void {
  app.addHook('preValidation', (request, _reply, done) => {
    if (Buffer.isBuffer(request.body) || ![...textsIn(request.body)].some(looksLikeCardNumber)) done();
    else
      done(
        new ApiError(400, {
          error: 'Card data refused',
          message: 'This looks like a card number. Never send card data here: payment happens at Stripe.',
          code: 'card_data_refused',
        }),
      );
  });
}
