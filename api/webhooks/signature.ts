import Stripe from 'stripe';
import { Type } from 'typebox';
import { Check } from 'typebox/value';
import { Patterned } from '../schemas/common.ts';

/** The version our library speaks: events rendered for another one are not read. */
export const API_VERSION: string = Stripe.API_VERSION;

const TOLERANCE_SECONDS = 300;

const Id = Patterned('foreignId');
/** Of the year 9999; Postgres would still take it. */
const LAST_SECOND = 253_402_300_799;

/** As much of an event as we read; a signature says who wrote it, not what it is. */
export const SignedEvent = Type.Object(
  {
    id: Id,
    type: Id,
    livemode: Type.Boolean(),
    api_version: Type.Union([Id, Type.Null()]),
    created: Type.Integer({ minimum: 0, maximum: LAST_SECOND }),
    data: Type.Object({ object: Type.Object({}, { additionalProperties: true }) }),
  },
  {
    description: 'A Stripe event. Only ids are read from it; nothing else in it is trusted.',
    examples: [
      {
        ...{ id: 'evt_1Q2w3E4r5T6y', type: 'invoice.paid', livemode: false, api_version: API_VERSION },
        ...{ created: 1_798_099_200, data: { object: { id: 'in_1Q2w3E4r5T6y', object: 'invoice' } } },
      },
    ],
  },
);

/** @returns the event, or undefined when it is none or its signature is missing, forged or older than five minutes */
export function readSignedEvent({
  body,
  signature,
  secret,
}: {
  readonly body: unknown;
  readonly signature: unknown;
  readonly secret: string;
}): Stripe.Event | undefined {
  if (!Buffer.isBuffer(body) || typeof signature !== 'string' || signature === '') return undefined;
  try {
    const event = Stripe.webhooks.constructEvent(body, signature, secret, TOLERANCE_SECONDS);
    return Check(SignedEvent, event) ? event : undefined;
  } catch {
    return undefined;
  }
}
