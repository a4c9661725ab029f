-- Up Migration
alter table stripe_events rename column parked_reason to reason;
alter table stripe_events drop constraint stripe_events_state_check,
  add constraint stripe_events_state_check check (state in ('received', 'done', 'parked', 'ignored'));
update stripe_events set state = 'ignored', done_at = received_at,
    reason = replace(reason, 'Tenure has no use for events of this type', 'Tenure does not use events of this type')
  where state = 'parked'
    and reason in ('Tenure has no use for events of this type', 'its object belongs to no customer');
update stripe_events set attempts = attempts + 1 where state in ('received', 'done');
comment on column stripe_events.reason is 'Why it is parked or ignored.';
comment on column stripe_events.attempts is 'How often it was handed to a workflow, or tried to be.';
create index stripe_events_newest on stripe_events (received_at, event_id);
create index stripe_events_stripe_customer on stripe_events (stripe_customer_id, received_at);

-- Down Migration
drop index stripe_events_newest, stripe_events_stripe_customer;
comment on column stripe_events.attempts is null;
comment on column stripe_events.reason is null;
update stripe_events set attempts = attempts - 1 where state in ('received', 'done') and attempts > 0;
update stripe_events set state = 'parked', done_at = null where state = 'ignored';
alter table stripe_events drop constraint stripe_events_state_check,
  add constraint stripe_events_state_check check (state in ('received', 'done', 'parked'));
alter table stripe_events rename column reason to parked_reason;
