-- Up Migration
create table customers (
  customer_id text primary key,
  email text,
  email_norm text unique,
  company_name text,
  full_name text,
  slug text unique,
  profile text not null,
  plan text not null,
  terms jsonb not null,
  phase text not null default 'onboarding'
    check (phase in ('onboarding', 'trial', 'subscription', 'cancellation', 'ended')),
  standing text not null default 'pending',
  attention text,
  generation integer not null default 1,
  trial_ends_at timestamptz,
  clock_offset_ms bigint not null default 0,
  deployment_status text not null default 'pending'
    check (deployment_status in ('pending', 'provisioning', 'ready', 'failed', 'deleted')),
  instance_url text,
  instance_namespace text,
  deployed_at timestamptz,
  deployment_error text,
  stripe_customer_id text unique,
  stripe_test_clock_id text,
  stripe_subscription_id text unique,
  subscription_status text not null default 'inactive',
  aws_org_id text,
  aws_management_account_id text,
  workflow_started_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  ended_at timestamptz
);
create index customers_phase on customers (phase, created_at desc, customer_id);
create index customers_attention on customers (attention) where attention is not null;
create index customers_deployment_status on customers (deployment_status);
create index customers_instance_namespace on customers (instance_namespace);
create index customers_not_started on customers (created_at) where workflow_started_at is null;
comment on column customers.email_norm is 'Unique while the customer lives; null once the address is free again (reliability N1).';
comment on column customers.standing is 'What the customer may do: pending, active, read_only, suspended, failed, ended.';
comment on column customers.terms is 'What the customer was sold, resolved from the profile at signup.';

create table accounts (
  customer_id text primary key references customers on delete cascade,
  password_hash text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table sessions (
  token_hash text primary key,
  customer_id text references customers on delete cascade,
  staff_role text check (staff_role in ('support', 'operator')),
  created_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  expires_at timestamptz not null,
  check ((customer_id is null) <> (staff_role is null))
);

create table entitlements (
  customer_id text primary key references customers on delete cascade,
  status text not null default 'none' check (status in ('active', 'trialing', 'past_due', 'canceled', 'none')),
  plan text,
  current_period_end timestamptz,
  trial_expires_at timestamptz,
  updated_at timestamptz not null default now()
);

create table invoices (
  stripe_invoice_id text primary key,
  customer_id text not null references customers,
  stripe_payment_intent_id text,
  stripe_subscription_id text,
  status text not null,
  currency text not null,
  amount_due bigint not null,
  amount_paid bigint not null,
  invoice_created_at timestamptz not null,
  updated_at timestamptz not null default now()
);
create index invoices_customer on invoices (customer_id, invoice_created_at desc);

create table stripe_events (
  event_id text primary key,
  type text not null,
  object_id text,
  stripe_customer_id text,
  customer_id text,
  api_version text,
  livemode boolean not null,
  event_created_at timestamptz not null,
  state text not null default 'received' check (state in ('received', 'done', 'parked')),
  parked_reason text,
  attempts integer not null default 0,
  last_error text,
  received_at timestamptz not null default now(),
  next_attempt_at timestamptz not null default now(),
  done_at timestamptz
);
create index stripe_events_due on stripe_events (next_attempt_at) where state = 'received';
create index stripe_events_customer on stripe_events (customer_id, received_at);

create table stacks (
  customer_id text primary key references customers,
  stack_name text not null unique,
  target text not null,
  status text not null default 'absent'
    check (status in ('absent', 'creating', 'updating', 'ready', 'destroying', 'failed', 'destroyed')),
  generation integer not null default 1,
  version integer not null default 0,
  outputs jsonb not null default '{}',
  last_operation text,
  last_result text,
  last_error text,
  progress jsonb,
  started_at timestamptz,
  ended_at timestamptz,
  updated_at timestamptz not null default now()
);

create table backups (
  id uuid primary key default gen_random_uuid(),
  customer_id text not null references customers,
  location text not null,
  manifest jsonb not null,
  created_at timestamptz not null default now(),
  delete_after timestamptz,
  deleted_at timestamptz
);

create table onboarding_steps (
  customer_id text not null references customers,
  step text not null,
  epoch integer not null,
  generation integer not null default 1,
  state text not null
    check (state in ('waiting', 'running', 'done', 'failed', 'undoing', 'undone', 'undo_failed', 'skipped')),
  attempts integer not null default 0,
  undo_state text check (undo_state in ('undoing', 'undone', 'undo_failed')),
  undo_attempts integer not null default 0,
  input_hash text,
  error_type text,
  error_message text,
  started_at timestamptz,
  ended_at timestamptz,
  updated_at timestamptz not null default now(),
  primary key (customer_id, step, epoch)
);

create table licences (
  licence_id uuid primary key default gen_random_uuid(),
  customer_id text not null references customers,
  action text not null check (action in ('generated', 'renewed')),
  plan text not null,
  max_devices integer not null,
  licence_hash text not null unique,
  token text,
  generated_by text not null,
  metadata jsonb not null default '{}',
  issued_at timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz
);
create index licences_customer on licences (customer_id, issued_at desc);

create table api_keys (
  key_id uuid primary key default gen_random_uuid(),
  customer_id text not null references customers on delete cascade,
  prefix text not null,
  key_hash text not null unique,
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  revoked_at timestamptz
);

create table one_time_links (
  token_hash text primary key,
  customer_id text not null references customers on delete cascade,
  purpose text not null check (purpose in ('reveal_api_key', 'set_password')),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz
);

create table emails (
  email_id uuid primary key default gen_random_uuid(),
  customer_id text not null references customers,
  template text not null,
  claim_key text not null unique,
  state text not null default 'claimed' check (state in ('claimed', 'sent', 'failed', 'unknown')),
  ses_message_id text,
  error text,
  claimed_at timestamptz not null default now(),
  sent_at timestamptz
);
create index emails_customer on emails (customer_id, claimed_at);

create table audit_events (
  audit_id bigint generated always as identity primary key,
  customer_id text,
  actor text not null,
  action text not null,
  reason text,
  details jsonb not null default '{}',
  at timestamptz not null default now()
);
create index audit_events_customer on audit_events (customer_id, audit_id);
create function refuse_audit_change() returns trigger language plpgsql as
$$ begin raise exception 'audit_events is insert only'; end $$;
create trigger audit_events_insert_only before update or delete on audit_events
  for each row execute function refuse_audit_change();

create table corrections (
  correction_id uuid primary key default gen_random_uuid(),
  customer_id text not null references customers on delete cascade,
  patch jsonb not null,
  actor text not null,
  created_at timestamptz not null default now(),
  applied_at timestamptz
);

create table alerts (
  alert_id uuid primary key default gen_random_uuid(),
  customer_id text references customers,
  kind text not null,
  step text,
  summary text not null,
  suggested_fix text,
  raised_count integer not null default 1,
  raised_at timestamptz not null default now(),
  last_raised_at timestamptz not null default now(),
  resolved_at timestamptz
);
create unique index alerts_open on alerts (customer_id, kind) where resolved_at is null;

create table deployment_metrics (
  id bigint generated always as identity primary key,
  customer_id text not null references customers,
  operation text not null,
  duration_seconds double precision not null,
  status text not null check (status in ('success', 'failed')),
  at timestamptz not null default now()
);

create table rate_limits (
  key text not null,
  window_start timestamptz not null,
  count integer not null,
  primary key (key, window_start)
);

create table usage (
  customer_id text not null references customers,
  metric text not null,
  value double precision not null,
  at timestamptz not null default now()
);
create index usage_customer on usage (customer_id, metric, at desc);

-- Down Migration
drop table usage, rate_limits, deployment_metrics, alerts, corrections, audit_events, emails, one_time_links, api_keys,
  licences, onboarding_steps, backups, stacks, stripe_events, invoices, entitlements, sessions, accounts, customers;
drop function refuse_audit_change();
