/** Asked when a product is defined, which no workflow does: another version of Node may know others. */
export const isCurrency = (code: string): boolean =>
  /^[a-z]{3}$/.test(code) && Intl.supportedValuesOf('currency').includes(code.toUpperCase());

export const NOT_A_CURRENCY = 'this is not a currency of ISO 4217. Use the three small letters of one, like eur.';
