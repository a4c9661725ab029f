import { sql } from 'kysely';
import type { Queryable } from '../database.ts';
import { namedActor } from './audit.ts';

export type TimelineKind = 'audit' | 'step' | 'stripe' | 'stack' | 'mail' | 'alert';

/** One thing that happened to a customer. `why` is the rule or the reason behind it, where there is one. */
export interface TimelineEntry {
  readonly at: Date;
  readonly kind: TimelineKind;
  readonly what: string;
  readonly who: string;
  readonly why: string | null;
  /** An event of Stripe that nobody has to act on. */
  readonly isIgnored: boolean;
}

/** Everything that happened to a customer, from every table that knows of something, oldest first. */
export async function readTimeline(db: Queryable, customerId: string): Promise<readonly TimelineEntry[]> {
  const { rows } = await sql<TimelineEntry>`
    select at, kind, what, who, why, is_ignored from (
      select at, 'audit' as kind, action as what, ${namedActor('audit_events.actor')} as who, coalesce(details->>'rule', details->>'reason', reason) as why,
          false as is_ignored
        from audit_events where customer_id = ${customerId}
      union all
      select coalesce(ended_at, updated_at), 'step',
          step || ' ' || case when undo_state is null or state = 'failed' then state else 'done' end
            || case when epoch > 1 then ' (try ' || epoch || ')' else '' end,
          case when actor is null then 'system' else ${namedActor('audit_events.actor')} end,
          nullif(concat_ws('; ',
            case when state = 'failed' and undo_state is distinct from 'undo_failed'
              then concat_ws(': ', error_type, error_message) end,
            'replayed: ' || reason), ''), false
        from onboarding_steps left join audit_events on audit_id = replayed_by
        where onboarding_steps.customer_id = ${customerId} and state <> 'waiting'
          and (undo_state is null or ended_at is not null)
      union all
      select coalesce(
            (select max(coalesce(tries.ended_at, tries.started_at)) from onboarding_step_attempts tries
              where tries.customer_id = steps.customer_id and tries.step = steps.step and tries.epoch = steps.epoch
                and tries.direction = 'undo'),
            updated_at), 'step',
          step || ' ' || undo_state || case when epoch > 1 then ' (try ' || epoch || ')' else '' end, 'system',
          case when undo_state = 'undo_failed' then nullif(concat_ws(': ', error_type, error_message), '') end, false
        from onboarding_steps steps where customer_id = ${customerId} and undo_state is not null
      union all
      select received_at, 'stripe', type, 'stripe', reason, state = 'ignored' from stripe_events where customer_id = ${customerId}
      union all
      select at, 'stack', operation || ' ' || status, 'system', round(duration_seconds::numeric, 1) || ' s', false
        from deployment_metrics where customer_id = ${customerId}
      union all
      select coalesce(sent_at, claimed_at), 'mail', template || ' ' || state, 'system', error, false
        from emails where customer_id = ${customerId}
      union all
      select raised_at, 'alert', kind, 'system', summary, false from alerts where customer_id = ${customerId}
    ) entries order by at, kind, what`.execute(db);
  return rows;
}

/** The newest rule that changed what the customer may do. */
export async function newestRule(db: Queryable, customerId: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('auditEvents')
    .select(sql<string | null>`details->>'rule'`.as('rule'))
    .where('customerId', '=', customerId)
    .where('action', '=', 'standing.changed')
    .orderBy('auditId', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.rule ?? undefined;
}
