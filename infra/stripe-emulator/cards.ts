/** What a test card does, at the moment it is set up and at each later charge. */
export interface TestCard {
  readonly number: string;
  readonly brand: string;
  readonly onSetup: 'ok' | 'declined' | 'authenticate';
  /** What the issuer says, or one of the codes of the card itself (`expired_card` …), which have no decline code. */
  readonly declineCode?: string;
  readonly chargeable: boolean;
  /** Whether each payment asks for 3-D Secure, also once the card was set up. */
  readonly asksEachTime?: boolean;
  /** Why its holder has the bank take back what it paid. */
  readonly disputes?: 'fraudulent' | 'product_not_received';
}

const DECLINED = 'generic_decline';

const declined = (number: string, declineCode: string): TestCard => ({
  ...{ number, brand: 'visa', onSetup: 'declined', declineCode, chargeable: false },
});

/** Stripe's published test numbers. Nothing else is taken, so that no real card can end up here. */
const TEST_CARDS: readonly TestCard[] = [
  { number: '4242424242424242', brand: 'visa', onSetup: 'ok', chargeable: true },
  { number: '5555555555554444', brand: 'mastercard', onSetup: 'ok', chargeable: true },
  { number: '378282246310005', brand: 'amex', onSetup: 'ok', chargeable: true },
  { number: '6011111111111117', brand: 'discover', onSetup: 'ok', chargeable: true },
  declined('4000000000000002', DECLINED),
  declined('4000000000009995', 'insufficient_funds'),
  declined('4000000000009987', 'lost_card'),
  declined('4000000000009979', 'stolen_card'),
  declined('4000000000000069', 'expired_card'),
  declined('4000000000000127', 'incorrect_cvc'),
  declined('4000000000000119', 'processing_error'),
  { number: '4000000000000341', brand: 'visa', onSetup: 'ok', declineCode: DECLINED, chargeable: false },
  { number: '4000002500003155', brand: 'visa', onSetup: 'authenticate', chargeable: true },
  { number: '4000002760003184', brand: 'visa', onSetup: 'authenticate', chargeable: true, asksEachTime: true },
  { number: '4000000000000259', brand: 'visa', onSetup: 'ok', chargeable: true, disputes: 'fraudulent' },
  { number: '4000000000002685', brand: 'visa', onSetup: 'ok', chargeable: true, disputes: 'product_not_received' },
];

const TOKENS: Readonly<Record<string, string>> = {
  pm_card_visa: '4242424242424242',
  pm_card_mastercard: '5555555555554444',
  pm_card_amex: '378282246310005',
  pm_card_discover: '6011111111111117',
  pm_card_chargeDeclined: '4000000000000002',
  pm_card_visa_chargeDeclined: '4000000000000002',
  pm_card_chargeCustomerFail: '4000000000000341',
  pm_card_chargeDeclinedInsufficientFunds: '4000000000009995',
  pm_card_visa_chargeDeclinedInsufficientFunds: '4000000000009995',
  pm_card_visa_chargeDeclinedLostCard: '4000000000009987',
  pm_card_visa_chargeDeclinedStolenCard: '4000000000009979',
  pm_card_chargeDeclinedExpiredCard: '4000000000000069',
  pm_card_chargeDeclinedIncorrectCvc: '4000000000000127',
  pm_card_chargeDeclinedProcessingError: '4000000000000119',
  pm_card_createDispute: '4000000000000259',
  pm_card_productNotReceived: '4000000000002685',
  pm_card_authenticationRequired: '4000002760003184',
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
  expired_card: 'Your card has expired.',
  incorrect_cvc: "Your card's security code is incorrect.",
  processing_error: 'An error occurred while processing your card. Try again in a little bit.',
  authentication_required: 'Your card was declined. This transaction requires authentication.',
};
