-- Up Migration
create table waiting_work (
  workflow_id text not null,
  work text not null,
  customer_id text references customers on delete cascade,
  error_type text not null,
  waits_for text not null,
  since timestamptz not null,
  attempts integer not null,
  last_tried_at timestamptz not null default now(),
  next_try_at timestamptz not null,
  primary key (workflow_id, work)
);
create index waiting_work_customer on waiting_work (customer_id);
comment on table waiting_work is 'Work that is retried until something Tenure depends on works again.';
comment on column waiting_work.work is 'The id of the activity, or the duty of a phase.';

create table outages (
  outage_id uuid primary key default gen_random_uuid(),
  waits_for text not null,
  error_type text not null,
  since timestamptz not null,
  customers integer not null default 0,
  watched boolean not null default false,
  opened_at timestamptz not null default now(),
  alerted_at timestamptz,
  resolved_at timestamptz
);
create unique index outages_open on outages (waits_for) where resolved_at is null;
create index outages_newest on outages (opened_at desc);
comment on column outages.watched is 'Seen directly, and not yet seen to be over.';
comment on table outages is 'One row a cause that held work up for longer than a blip: support is alerted once for it.';

alter table emails add column details jsonb not null default '{}';
alter table emails drop constraint emails_state_check,
  add constraint emails_state_check check (state in ('claimed', 'sent', 'failed', 'unknown', 'overtaken'));
comment on column emails.details is 'What the template was told, so that a mail still owed can be sent later. Nothing personal.';

-- Down Migration
update emails set state = 'failed' where state = 'overtaken';
alter table emails drop column details, drop constraint emails_state_check,
  add constraint emails_state_check check (state in ('claimed', 'sent', 'failed', 'unknown'));
drop table outages, waiting_work;
