-- Up Migration
create index audit_events_erasures on audit_events (customer_id) where action = 'command.eraseAccount';

-- Down Migration
drop index audit_events_erasures;
