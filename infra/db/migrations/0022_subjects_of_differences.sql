-- Up Migration
alter table differences
  add column subject text not null default '',
  add column cause text not null default '',
  drop constraint differences_pkey,
  add primary key (customer_id, kind, subject);
comment on column differences.customer_id is 'May be unknown here: that is one of the kinds. Empty: it is no one customer''s.';
comment on column differences.subject is 'What of the customer it is seen in, where there may be several: the id of a workflow.';
comment on column differences.cause is 'Tells those of one kind apart: support is told of each once. Nothing personal.';

alter table difference_alerts
  add column cause text not null default '',
  drop constraint difference_alerts_pkey,
  add primary key (kind, cause);
comment on table difference_alerts is 'One row a kind and cause that has lasted: support is told of it once. Gone when nobody differs so any more.';

-- Down Migration
delete from differences where subject <> '' or cause <> '';
delete from difference_alerts where cause <> '';
alter table difference_alerts
  drop constraint difference_alerts_pkey,
  drop column cause,
  add primary key (kind);
comment on table difference_alerts is 'One row a kind that has lasted: support is told of it once. Gone when no customer differs so any more.';
alter table differences
  drop constraint differences_pkey,
  drop column subject,
  drop column cause,
  add primary key (customer_id, kind);
comment on column differences.customer_id is 'May be unknown here: that is one of the kinds.';
