import { Type } from 'typebox';
import {
  BillingCycle,
  Closed,
  EmailAddress,
  Instant,
  Name,
  Nullable,
  OneOf,
  Patterned,
  PlanId,
  Reason,
  RegionId,
  SoldPlanId,
} from './common.ts';

/** What a command may return instead of its outcome. */
export const UNDER_WAY = {
  202: Type.Object(
    {
      accepted: Type.Literal(true),
      command_id: Type.String(),
      look_at: Type.String(),
      message: Type.String(),
    },
    {
      description:
        'Accepted, and still in progress. It takes effect only once; send it again with this key to get the result.',
    },
  ),
} as const;

export const UpgradeBody = Closed(
  {
    charge: Type.Optional(
      OneOf(['now', 'at_trial_end'], {
        description: 'When a trial is first charged; at_trial_end by default. Without a trial it is now.',
      }),
    ),
    plan: Type.Optional({ ...SoldPlanId, description: 'Which plan, for customers who pay for none.' }),
    billing_cycle: Type.Optional({
      ...BillingCycle,
      description: 'How it is paid, for customers who pay for no plan.',
    }),
  },
  { examples: [{ charge: 'at_trial_end' }] },
);
export const UpgradeReply = Type.Object({ checkout_url: Type.String() });

export const CancelWhen = OneOf(['now', 'period_end']);
export const CancelBody = Closed(
  { when: CancelWhen, reason: Type.Optional(Reason) },
  { examples: [{ when: 'period_end' }] },
);
export const CancelReply = Type.Object({
  accepted: Type.Boolean(),
  ends_at: Nullable(Instant),
});

export const Accepted = Type.Object({ accepted: Type.Boolean() });
export const WithReason = Closed({ reason: Reason }, { examples: [{ reason: 'The customer asked for it.' }] });
/** The form of a host label; whether it is reserved or taken is checked later. */
const Slug = Patterned('slug', { maxLength: 63, description: 'Name of the instance.' });

export const ReplayBody = Closed(
  {
    from: Type.Optional(
      Patterned('stepName', {
        description: 'Where the replay begins: failed, start, or a step of the customer; failed by default.',
        examples: ['failed', 'start', 'stack'],
      }),
    ),
    corrections: Type.Optional(
      Closed({
        company_name: Type.Optional(Name),
        email: Type.Optional(EmailAddress),
        slug: Type.Optional(Slug),
        plan: Type.Optional(PlanId),
        region: Type.Optional(RegionId),
      }),
    ),
    reason: Type.Optional({ ...Reason, description: 'Needed unless dry_run.' }),
    dry_run: Type.Optional(
      Type.Boolean({ default: false, description: 'Shows what would happen and changes nothing.' }),
    ),
  },
  { examples: [{ corrections: { slug: 'northwind-traders' }, reason: 'The host name is taken.' }] },
);
const Steps = Type.Array(Type.String());
export const ReplayReply = Type.Object({ will_run: Steps, nothing_to_do: Type.Boolean() });

const Count = Type.Integer();
const Note = Nullable(Type.String({ description: 'Why there is no preview, if there is none.' }));
export const DryRunReply = Type.Object({
  will_run: Steps,
  will_skip: Steps,
  will_undo: Steps,
  stack: Nullable(
    Type.Object({
      changes: Type.Object({ create: Count, update: Count, delete: Count, same: Count }),
      lines: Type.Array(Type.String()),
    }),
  ),
  stack_note: Note,
  stripe: Nullable(Type.Object({ lines: Type.Array(Type.String()) })),
  stripe_note: Note,
  own_steps: Type.Array(Type.Object({ step: Type.String(), lines: Nullable(Type.Array(Type.String())), note: Note }), {
    description: "What the product's own steps would change.",
  }),
});

export const EraseReply = Type.Object({ success: Type.Boolean(), status: Type.String(), message: Type.String() });
