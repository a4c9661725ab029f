import { defineRoute, Type } from 'tenure/product';

interface Attributes {
  readonly sub?: unknown;
  readonly email?: unknown;
  readonly given_name?: unknown;
  readonly family_name?: unknown;
}

interface Sent {
  readonly userName?: unknown;
  readonly triggerSource?: unknown;
}

/** The same trigger runs after a forgotten password: nobody has signed up. */
const FORGOTTEN = 'PostConfirmation_ConfirmForgotPassword';

const objectIn = (value: unknown, name: string): Readonly<Record<string, unknown>> => {
  const member = Object(value) as Readonly<Record<string, unknown>>;
  return Object(member[name]) as Readonly<Record<string, unknown>>;
};

/**
 * Cognito's trigger after a confirmation. Whoever sends it gives the answer back to Cognito, which is still in the middle
 * of the sign-up: so it is always the very event, whatever becomes of it here.
 */
export const postConfirmation = defineRoute({
  ...{ method: 'POST', path: '/hooks/post-confirmation', access: 'hook' },
  summary: "Cognito's post-confirmation event: creates the customer, and answers with the event",
  body: Type.Object(
    {
      userName: Type.String(),
      triggerSource: Type.String(),
      request: Type.Object({ userAttributes: Type.Record(Type.String(), Type.String()) }),
    },
    {
      additionalProperties: true,
      examples: [
        {
          ...{ version: '1', region: 'us-east-1', userPoolId: 'us-east-1_a1B2c3D4e' },
          ...{ userName: 'ada', triggerSource: 'PostConfirmation_ConfirmSignUp' },
          request: {
            userAttributes: {
              ...{ sub: '4f0c6a0e-90b1-70d5-1f3a-6a1b2c3d4e5f', email: 'ada@example.com', email_verified: 'true' },
              ...{ given_name: 'Ada', family_name: 'Lovelace' },
            },
          },
          response: {},
        },
      ],
    },
  ),
  replies: { 200: Type.Unknown({ description: 'The event as it came.' }) },
  async handle({ body: event, bytes, tenure }) {
    const { sub, email, given_name, family_name } = objectIn(
      objectIn(event, 'request'),
      'userAttributes',
    ) as Attributes;
    const { userName, triggerSource } = Object(event) as Sent;
    const names = { userName, givenName: given_name, familyName: family_name };
    if (triggerSource !== FORGOTTEN) await tenure.createCustomerOf({ subject: sub, email, ...names });
    return { body: bytes, headers: { 'content-type': 'application/json' } };
  },
});
