-- Up Migration
alter table stacks add column instance_seen_at timestamptz;
comment on column stacks.instance_seen_at is 'When a worker last found the instance on its host, to five minutes. One that no host has is seen by nobody.';

-- Down Migration
alter table stacks drop column instance_seen_at;
