-- Up Migration
alter table sessions
  add column entry_id uuid,
  add column ended_at timestamptz;
comment on column sessions.entry_id is 'Names what the session has opened in the customer''s instance; null while that is nothing.';
comment on column sessions.ended_at is 'It lets nobody in any more. The row stays until the instance has ended what came of it.';
create index sessions_ended on sessions (customer_id) where ended_at is not null;

-- Down Migration
drop index sessions_ended;
delete from sessions where ended_at is not null;
alter table sessions drop column entry_id, drop column ended_at;
