/** Something in Stripe that is not as the catalogue has it. */
export interface Change {
  readonly what: string;
  /** Absent where a person has to decide. @returns what that person is told then, and only then */
  readonly carryOut?: () => Promise<string | undefined>;
}
