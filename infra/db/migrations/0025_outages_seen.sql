-- Up Migration
alter table outages add column seen_at timestamptz;
update outages set seen_at = now() where watched and resolved_at is null;
alter table outages drop column watched;
comment on column outages.seen_at is 'When somebody who looks at what was away last saw it away; null when only waiting work tells of it.';

-- Down Migration
alter table outages add column watched boolean not null default false;
comment on column outages.watched is 'Seen directly, and not yet seen to be over.';
update outages set watched = seen_at is not null and resolved_at is null;
alter table outages drop column seen_at;
