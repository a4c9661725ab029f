-- Up Migration
create table differences (
  customer_id text not null,
  kind text not null,
  details text not null,
  first_seen timestamptz not null default now(),
  last_seen timestamptz not null default now(),
  primary key (customer_id, kind)
);
create index differences_by_kind on differences (kind, first_seen);
comment on table differences is 'Where Postgres, Temporal and Stripe say different things of a customer, for as long as they do.';
comment on column differences.customer_id is 'May be unknown here: that is one of the kinds.';
comment on column differences.details is 'What each of them says. Nothing personal.';

create table difference_alerts (
  kind text primary key,
  since timestamptz not null,
  customers integer not null,
  alerted_at timestamptz
);
comment on table difference_alerts is 'One row a kind that has lasted: support is told of it once. Gone when no customer differs so any more.';

create table record_laps (
  source text primary key,
  position text,
  began_at timestamptz not null default now(),
  complete_since timestamptz
);
comment on table record_laps is 'How far each source was paged through.';
comment on column record_laps.complete_since is 'Everything of the source was compared after this instant.';

-- Down Migration
drop table record_laps, difference_alerts, differences;
