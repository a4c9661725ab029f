/** Half the price in the pilot program. */
export const PILOT_COUPON = {
  id: 'pilot50off',
  name: 'Pilot Program - 50% off for 6 months',
  percentOff: 50,
  duration: 'repeating',
  months: 6,
  isOffered: true,
} as const;
