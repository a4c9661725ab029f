-- Up Migration
-- Audit trail: the administrator runs this, at every migration, so it names its schema and may run again.
-- Whoever may execute a trigger's function may put it on a table of their own, where a cast of theirs would run with the
-- rights of this one's owner.
create or replace function public.chain_audit_event() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if tg_relid <> 'public.audit_events'::regclass then raise exception 'this chains audit_events alone'; end if;
  perform public.append_to_audit_chain(new);
  return null;
end $$;
revoke execute on function public.chain_audit_event(), public.append_to_audit_chain(public.audit_events) from public;
-- Each takes a lock that writers wait for: only where there is something to do.
do $$ begin
  -- When it is written, not when its transaction began: that may have been long before.
  if exists (select from pg_attrdef join pg_attribute on attrelid = adrelid and attnum = adnum
      where adrelid = 'public.audit_events'::regclass and attname = 'at' and pg_get_expr(adbin, adrelid) = 'now()') then
    alter table public.audit_events alter column at set default clock_timestamp();
  end if;
  if not exists (select from pg_trigger where tgrelid = 'public.audit_events'::regclass and tgname = 'audit_events_chain')
  then
    create index audit_events_customer on public.audit_events (customer_id, audit_id);
    create unique index audit_events_command on public.audit_events (customer_id, action, command_id);
    create index audit_events_sign_in on public.audit_events (actor) where action = 'staff.signed_in';
    create trigger audit_events_insert_only before update or delete on public.audit_events
      for each row execute function public.refuse_audit_change();
    create trigger audit_events_no_truncate before truncate on public.audit_events
      for each statement execute function public.refuse_audit_change();
    create trigger audit_chain_insert_only before update or delete on public.audit_chain
      for each row execute function public.refuse_audit_change();
    create trigger audit_chain_no_truncate before truncate on public.audit_chain
      for each statement execute function public.refuse_audit_change();
    create constraint trigger audit_events_chain after insert on public.audit_events
      deferrable initially deferred for each row execute function public.chain_audit_event();
  end if;
end $$;

-- Down Migration
alter table public.audit_events alter column at set default now();
create or replace function public.chain_audit_event() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as
$$ begin perform public.append_to_audit_chain(new); return null; end $$;
