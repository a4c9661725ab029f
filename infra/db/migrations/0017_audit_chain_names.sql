-- Up Migration
-- Audit trail: the administrator runs this, at every migration, so it names its schema and may run again.
-- The application may make functions in public, and Postgres takes the one whose arguments fit best: only names that say
-- where they are found mean what they say here.
create or replace function public.audit_said(event public.audit_events, salt uuid) returns bytea language sql stable
set search_path = pg_catalog, pg_temp as $$
  select sha256(convert_to(jsonb_build_array(salt, event.reason, event.details)::text, 'UTF8'))
$$;
create or replace function public.audit_hash(previous bytea, place bigint, event public.audit_events, said bytea) returns bytea
language sql stable set search_path = pg_catalog, pg_temp as $$
  select sha256(previous || said || convert_to(jsonb_build_array(place, event.audit_id, event.customer_id, event.actor,
    event.action, event.command_id, extract(epoch from event.at))::text, 'UTF8'))
$$;
create or replace function public.append_to_audit_chain(event public.audit_events) returns void language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
  last public.audit_chain;
  new_salt uuid := gen_random_uuid();
  new_said bytea := public.audit_said(event, new_salt);
begin
  perform pg_advisory_xact_lock(hashtext('audit_chain'));
  select * into last from public.audit_chain order by position desc limit 1;
  insert into public.audit_chain (position, audit_id, salt, said, hash)
    values (coalesce(last.position, 0) + 1, event.audit_id, new_salt, new_said,
      public.audit_hash(coalesce(last.hash, ''::bytea), coalesce(last.position, 0) + 1, event, new_said));
end $$;
create or replace function public.chain_audit_event() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as
$$ begin perform public.append_to_audit_chain(new); return null; end $$;
alter function public.refuse_audit_change() set search_path = pg_catalog, pg_temp;

-- Down Migration
alter function refuse_audit_change() reset search_path;
create or replace function audit_said(event audit_events, salt uuid) returns bytea language sql stable as $$
  select sha256(convert_to(jsonb_build_array(salt, event.reason, event.details)::text, 'UTF8'))
$$;
create or replace function audit_hash(previous bytea, place bigint, event audit_events, said bytea) returns bytea
language sql stable as $$
  select sha256(previous || said || convert_to(jsonb_build_array(place, event.audit_id, event.customer_id, event.actor,
    event.action, event.command_id, extract(epoch from event.at))::text, 'UTF8'))
$$;
create or replace function append_to_audit_chain(event audit_events) returns void language plpgsql as $$
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
create or replace function chain_audit_event() returns trigger language plpgsql security definer
set search_path = public, pg_temp as
$$ begin perform append_to_audit_chain(new); return null; end $$;
