import { Type } from 'typebox';
import { closeDispute } from '../billing-engine/disputes.ts';
import type { Context } from '../context.ts';
import { invalidRequest } from '../errors.ts';
import { listObjects } from '../lists.ts';
import { mergeMetadata } from '../metadata.ts';
import type { Dispute } from '../objects/disputes.ts';
import { listParams, metadataParam, optional, params } from '../params.ts';
import { route } from '../routes.ts';

const retrieve = route({
  method: 'GET',
  path: '/v1/disputes/{dispute}',
  params: params({}),
  handle: (context, _given, id) => context.need('dispute', id),
});

const list = route({
  method: 'GET',
  path: '/v1/disputes',
  params: listParams({ charge: optional(Type.String()), payment_intent: optional(Type.String()) }),
  handle: ({ store }, given) => {
    const { charge, payment_intent } = given;
    return listObjects(store, 'dispute', '/v1/disputes', given, { charge, payment_intent });
  },
});

const TEXTS = [
  ...['access_activity_log', 'billing_address', 'cancellation_policy_disclosure', 'cancellation_rebuttal'],
  ...['customer_email_address', 'customer_name', 'customer_purchase_ip', 'product_description'],
  ...['refund_policy_disclosure', 'refund_refusal_explanation', 'service_date', 'uncategorized_text'],
] as const;

/** Evidence that decides a test dispute: https://docs.stripe.com/testing#evidence */
const VERDICTS: Readonly<Record<string, 'won' | 'lost'>> = { winning_evidence: 'won', losing_evidence: 'lost' };

function respond(context: Context, dispute: Dispute, evidence: Record<string, string>, submit: boolean): Dispute {
  if (dispute.status !== 'needs_response')
    throw invalidRequest('This dispute is not waiting for evidence.', { param: 'evidence' });
  const { submission_count } = dispute.evidence_details;
  const changed = context.update(
    dispute,
    {
      evidence: { ...dispute.evidence, ...evidence },
      evidence_details: {
        ...dispute.evidence_details,
        has_evidence: true,
        submission_count: submission_count + Number(submit),
      },
      ...(submit ? { status: 'under_review' as const } : {}),
    },
    'charge.dispute.updated',
  );
  const verdict = submit ? VERDICTS[evidence.uncategorized_text ?? ''] : undefined;
  return verdict ? closeDispute(context, changed, verdict) : changed;
}

const update = route({
  method: 'POST',
  path: '/v1/disputes/{dispute}',
  params: params({
    evidence: optional(Type.Object(Object.fromEntries(TEXTS.map((name) => [name, optional(Type.String())])))),
    metadata: optional(metadataParam),
    submit: optional(Type.Boolean()),
  }),
  handle: (context, { evidence, metadata, submit = true }, id) => {
    const found = context.need('dispute', id);
    const noted = { metadata: mergeMetadata(found.metadata, metadata) };
    const dispute = context.update(found, noted, 'charge.dispute.updated');
    return evidence ? respond(context, dispute, evidence as Record<string, string>, submit) : dispute;
  },
});

/** Accepts that it is lost. */
const close = route({
  method: 'POST',
  path: '/v1/disputes/{dispute}/close',
  params: params({}),
  handle: (context, _given, id) => closeDispute(context, context.need('dispute', id), 'lost'),
});

export const disputeRoutes = [retrieve, list, update, close];
