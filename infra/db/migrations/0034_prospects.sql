-- Up Migration
create table prospects (
  customer_id text primary key,
  profile text not null,
  kind text not null check (kind in ('checkout', 'hook', 'wizard')),
  request_key text not null,
  state text not null default 'open' check (state in ('open', 'ready', 'customer', 'refused', 'abandoned')),
  email text,
  email_norm text,
  company_name text,
  full_name text,
  region text not null,
  terms jsonb not null,
  stripe_customer_id text,
  stripe_test_clock_id text,
  checkout_id text,
  checkout_url text,
  remind_at timestamptz not null,
  reminded_at timestamptz,
  abandon_at timestamptz not null,
  created_at timestamptz not null default now(),
  workflow_started_at timestamptz,
  ended_at timestamptz,
  unique (profile, request_key)
);
create index prospects_open on prospects (created_at) where ended_at is null;
create index prospects_stripe_customer on prospects (stripe_customer_id) where ended_at is null;
comment on table prospects is 'Who may become a customer: a Checkout that is open, a sign-up elsewhere, a wizard that is not finished.';
comment on column prospects.customer_id is 'The id they will have as a customer; what they have in Stripe carries it from the start.';
comment on column prospects.request_key is 'By which the same request is known when it comes again: a hash.';
comment on column prospects.reminded_at is 'Claimed before the reminder is sent, so that there is one at most.';

-- Down Migration
drop table prospects;
