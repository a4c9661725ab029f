/** What a customer's instance lets them do. */
export type StandingMode = 'active' | 'read_only' | 'suspended';
