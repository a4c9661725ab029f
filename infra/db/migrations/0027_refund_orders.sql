-- Up Migration
-- Audit trail: the administrator runs this, at every migration, so it names its schema and may run again.
create index if not exists audit_events_refunds on public.audit_events (customer_id) where action = 'command.refund';

-- Down Migration
drop index audit_events_refunds;
