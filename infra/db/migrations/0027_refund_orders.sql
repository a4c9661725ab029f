-- Up Migration
create index audit_events_refunds on audit_events (customer_id) where action = 'command.refund';

-- Down Migration
drop index audit_events_refunds;
