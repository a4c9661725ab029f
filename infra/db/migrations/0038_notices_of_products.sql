-- Up Migration
alter table difference_alerts
  add column profile text not null default '',
  drop constraint difference_alerts_pkey,
  add primary key (kind, cause, profile);
comment on table difference_alerts is 'One row a kind, cause and product that has lasted: support is told of it once. Gone when nobody differs so any more.';
comment on column difference_alerts.profile is 'The product whose customers differ. Empty: it is about customers whom Postgres does not know, or about nobody in particular.';
create policy own_product on difference_alerts
  using ((select this_product()) is null or profile in ('', (select this_product())));
alter table difference_alerts enable row level security;
alter table difference_alerts force row level security;

-- Down Migration
alter table difference_alerts no force row level security;
alter table difference_alerts disable row level security;
drop policy own_product on difference_alerts;
-- They are found and told again.
delete from difference_alerts;
alter table difference_alerts
  drop constraint difference_alerts_pkey,
  drop column profile,
  add primary key (kind, cause);
comment on table difference_alerts is 'One row a kind and cause that has lasted: support is told of it once. Gone when nobody differs so any more.';
