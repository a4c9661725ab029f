-- Up Migration
create table replay_batches (
  batch_id uuid primary key default gen_random_uuid(),
  actor text not null,
  reason text not null,
  filter jsonb not null,
  concurrency integer not null,
  max_failure_rate double precision not null,
  state text not null default 'running' check (state in ('running', 'paused', 'cancelled', 'stopped', 'done')),
  created_at timestamptz not null default now(),
  ended_at timestamptz
);

create table replay_batch_items (
  batch_id uuid not null references replay_batches on delete cascade,
  customer_id text not null references customers,
  state text not null default 'pending'
    check (state in ('pending', 'running', 'replayed', 'failed', 'refused', 'unknown', 'skipped')),
  claimed_by text,
  error_type text,
  note text,
  started_at timestamptz,
  ended_at timestamptz,
  primary key (batch_id, customer_id)
);
create index replay_batch_items_pending on replay_batch_items (batch_id, customer_id) where state = 'pending';
create unique index replay_batch_items_claim on replay_batch_items (batch_id, claimed_by) where state = 'running';
comment on column replay_batch_items.claimed_by is 'The activity that replays this customer: its retry takes up the same row.';

-- Down Migration
drop table replay_batch_items, replay_batches;
