const SUBJECT = /^[\x21-\x7e]{1,255}$/;

/** Whether an issuer can know somebody by it. */
export const isSubject = (text: unknown): text is string => typeof text === 'string' && SUBJECT.test(text);
