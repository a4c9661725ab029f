/** The message tag by which an event of SES leads back to the row of its mail: its value is the row's id. */
export const EMAIL_TAG = 'tenure_email';
