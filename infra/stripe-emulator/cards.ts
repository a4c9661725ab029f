/** What a test card does, at the moment it is set up and at each later charge. */
export interface TestCard {
  readonly number: string;
  readonly brand: string;
  readonly onSetup: 'ok' | 'declined' | 'authenticate';
  readonly declineCode?: string;
  readonly chargeable: boolean;
}

const DECLINED = 'generic_decline';

/** Stripe's published test numbers. Nothing else is taken, so that no real card can end up here. */
const TEST_CARDS: readonly TestCard[] = [
  { number: '4242424242424242', brand: 'visa', onSetup: 'ok', chargeable: true },
  { number: '5555555555554444', brand: 'mastercard', onSetup: 'ok', chargeable: true },
  { number: '4000000000000002', brand: 'visa', onSetup: 'declined', declineCode: DECLINED, chargeable: false },
  { number: '4000000000000341', brand: 'visa', onSetup: 'ok', declineCode: DECLINED, chargeable: false },
  {
    number: '4000000000009995',
    brand: 'visa',
    onSetup: 'declined',
    declineCode: 'insufficient_funds',
    chargeable: false,
  },
  { number: '4000002500003155', brand: 'visa', onSetup: 'authenticate', chargeable: true },
];

const TOKENS: Readonly<Record<string, string>> = {
  pm_card_visa: '4242424242424242',
  pm_card_mastercard: '5555555555554444',
  pm_card_chargeDeclined: '4000000000000002',
  pm_card_chargeCustomerFail: '4000000000000341',
  pm_card_chargeDeclinedInsufficientFunds: '4000000000009995',
  pm_card_authenticationRequiredOnSetup: '4000002500003155',
};

const CHARGE_TOKENS: Readonly<Record<string, string>> = {
  tok_visa: '4242424242424242',
  tok_mastercard: '5555555555554444',
  tok_chargeDeclined: '4000000000000002',
  tok_chargeCustomerFail: '4000000000000341',
};

export const cardByNumber = (text: string): TestCard | undefined =>
  TEST_CARDS.find(({ number }) => number === text.replaceAll(/[\s-]/g, ''));

/** By a shared test PaymentMethod (`pm_card_…`) or card token (`tok_…`). */
export const cardByToken = (token: string): TestCard | undefined =>
  cardByNumber(TOKENS[token] ?? CHARGE_TOKENS[token] ?? '');

/** Last four digits tell the test cards apart, so a payment method needs no hidden member. */
export const cardByLast4 = (last4: string): TestCard | undefined =>
  TEST_CARDS.find(({ number }) => number.endsWith(last4));

export const DECLINE_MESSAGES: Readonly<Record<string, string>> = {
  [DECLINED]: 'Your card was declined.',
  insufficient_funds: 'Your card has insufficient funds.',
  authentication_required: 'Your card was declined. This transaction requires authentication.',
};
