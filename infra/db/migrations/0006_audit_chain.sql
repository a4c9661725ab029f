-- Up Migration
alter table audit_events add column command_id text;
comment on column audit_events.command_id is 'Of the command that was ordered: sent again under one key it is one row.';
create unique index audit_events_command on audit_events (customer_id, action, command_id);
create index audit_events_sign_in on audit_events (actor) where action = 'staff.signed_in';
create trigger audit_events_no_truncate before truncate on audit_events
  for each statement execute function refuse_audit_change();

create table audit_chain (
  position bigint primary key,
  audit_id bigint not null unique references audit_events,
  salt uuid not null,
  said bytea not null,
  hash bytea not null
);
comment on table audit_chain is 'One link for each audit row: a changed, removed or inserted row breaks it.';
comment on column audit_chain.said is 'Digest of reason and details: the chain holds when those are erased.';
comment on column audit_chain.salt is 'Goes into the digest, so that what was erased cannot be guessed from it.';
create trigger audit_chain_insert_only before update or delete on audit_chain
  for each row execute function refuse_audit_change();
create trigger audit_chain_no_truncate before truncate on audit_chain
  for each statement execute function refuse_audit_change();

create function audit_said(event audit_events, salt uuid) returns bytea language sql stable as $$
  select sha256(convert_to(jsonb_build_array(salt, event.reason, event.details)::text, 'UTF8'))
$$;
create function audit_hash(previous bytea, place bigint, event audit_events, said bytea) returns bytea
language sql stable as $$
  select sha256(previous || said || convert_to(jsonb_build_array(place, event.audit_id, event.customer_id, event.actor,
    event.action, event.command_id, extract(epoch from event.at))::text, 'UTF8'))
$$;
create function append_to_audit_chain(event audit_events) returns void language plpgsql as $$
declare
  last audit_chain;
  new_salt uuid := gen_random_uuid();
  new_said bytea := audit_said(event, new_salt);
begin
  perform pg_advisory_xact_lock(hashtext('audit_chain'));
  select * into last from audit_chain order by position desc limit 1;
  insert into audit_chain (position, audit_id, salt, said, hash)
    values (coalesce(last.position, 0) + 1, event.audit_id, new_salt, new_said,
      audit_hash(coalesce(last.hash, ''::bytea), coalesce(last.position, 0) + 1, event, new_said));
end $$;
revoke execute on function append_to_audit_chain from public;
-- Deferred: the lock is held for the commit alone, and nobody waits with it for anything else.
create function chain_audit_event() returns trigger language plpgsql security definer set search_path = public, pg_temp as
$$ begin perform append_to_audit_chain(new); return null; end $$;
do $$
declare event audit_events;
begin
  for event in select * from audit_events order by audit_id loop
    perform append_to_audit_chain(event);
  end loop;
end $$;
create constraint trigger audit_events_chain after insert on audit_events
  deferrable initially deferred for each row execute function chain_audit_event();

-- Down Migration
drop trigger audit_events_chain on audit_events;
drop function chain_audit_event();
drop function append_to_audit_chain(audit_events);
drop function audit_hash(bytea, bigint, audit_events, bytea);
drop function audit_said(audit_events, uuid);
drop table audit_chain;
drop trigger audit_events_no_truncate on audit_events;
drop index audit_events_sign_in, audit_events_command;
alter table audit_events drop column command_id;
