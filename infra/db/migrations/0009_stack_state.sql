-- Up Migration
alter table stacks add column state_since timestamptz;
comment on column stacks.state_since is
  'Since when the engine is known to have a state of this stack. Without it that state is lost, not new.';
update stacks set state_since = coalesce(ended_at, now())
  where status = 'ready' or (version > 0 and last_operation = 'update' and status in ('updating', 'failed'));

create table stack_backend (
  only_one boolean primary key default true check (only_one),
  identity text not null,
  recorded_at timestamptz not null default now()
);
comment on table stack_backend is
  'Where the states of all stacks are. The provisioning worker refuses any other place: a stack would be made twice there.';

-- Down Migration
drop table stack_backend;
alter table stacks drop column state_since;
