-- Up Migration
alter table customers add column region text not null default 'eu-central';
comment on column customers.region is 'Where the stack stands: one of the regions of the profile.';
create index customers_newest on customers (created_at desc, customer_id desc);
drop index customers_phase;
create index customers_phase on customers (phase, created_at desc, customer_id desc);
drop index customers_attention;
create index customers_attention on customers (created_at desc, customer_id desc) where attention is not null;

create index alerts_customer on alerts (customer_id, raised_at);
create index deployment_metrics_customer on deployment_metrics (customer_id, at);

alter table corrections add column preview boolean not null default false;
comment on column corrections.preview is 'Asked about by a dry run: never applied, and deleted after it.';

alter table onboarding_steps
  add column output jsonb,
  add column replayed_by bigint references audit_events,
  add column fenced_at timestamptz;
comment on column onboarding_steps.output is 'References to what the step made: ids and versions, nothing personal.';
comment on column onboarding_steps.replayed_by is 'The order that began this epoch: who replayed the step and why stands there.';
comment on column onboarding_steps.fenced_at is
  'By Temporal''s clock: what was scheduled before this has been overtaken and may not write.';

create table onboarding_step_attempts (
  customer_id text not null,
  step text not null,
  epoch integer not null,
  direction text not null check (direction in ('run', 'undo')),
  scheduled_at timestamptz not null,
  attempt integer not null,
  state text not null check (state in ('running', 'done', 'failed', 'lost')),
  error_type text,
  error_message text,
  started_at timestamptz not null default now(),
  ended_at timestamptz,
  primary key (customer_id, step, epoch, direction, scheduled_at, attempt),
  foreign key (customer_id, step, epoch) references onboarding_steps on delete cascade
);
comment on table onboarding_step_attempts is 'Every attempt at a step. `lost`: its worker never said how it ended.';

-- Down Migration
drop table onboarding_step_attempts;
alter table onboarding_steps drop column output, drop column replayed_by, drop column fenced_at;
alter table corrections drop column preview;
drop index deployment_metrics_customer, alerts_customer, customers_attention, customers_phase, customers_newest;
create index customers_phase on customers (phase, created_at desc, customer_id);
create index customers_attention on customers (attention) where attention is not null;
alter table customers drop column region;
