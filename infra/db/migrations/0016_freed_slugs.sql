-- Up Migration
create table freed_slugs (
  slug_hash text primary key,
  freed_at timestamptz not null default now()
);
comment on table freed_slugs is 'Host names of customers who have left. Nobody else gets one for a while: devices and links of its last owner may still call.';
comment on column freed_slugs.slug_hash is 'SHA-256 in hex. The name itself may be that of a person.';

-- Down Migration
drop table freed_slugs;
