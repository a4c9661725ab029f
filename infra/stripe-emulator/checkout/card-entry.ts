import { cardByNumber } from '../cards.ts';
import type { Completion } from './complete.ts';
import { needsAuthentication } from './complete.ts';

/** What a person typed into the card form: to be shown again with what is missing, or complete. */
type Entry = { completion: Completion } | { again: { error?: string; authenticating?: URLSearchParams } };

const NO_TEST_CARD = 'Only the test cards listed below work here. The number you typed was not kept.';
const NOT_AUTHENTICATED =
  'We are unable to authenticate your payment method. Please choose a different payment method and try again.';

function expiryOf(text: string | null): Pick<Completion, 'expMonth' | 'expYear'> {
  const [month, year] = (text ?? '').split('/').map(Number);
  return month && year ? { expMonth: month, expYear: 2000 + year } : {};
}

export function readCard(body: unknown): Entry {
  const form = new URLSearchParams(typeof body === 'string' ? body : '');
  const card = cardByNumber(form.get('card') ?? '');
  if (!card) return { again: { error: NO_TEST_CARD } };
  if (form.get('authentication') === 'failed') return { again: { error: NOT_AUTHENTICATED } };
  const completion: Completion = {
    card,
    authenticated: form.get('authentication') === 'passed',
    ...{ name: form.get('name'), email: form.get('email') },
    ...expiryOf(form.get('expiry')),
  };
  return needsAuthentication(completion) ? { again: { authenticating: form } } : { completion };
}
