-- Up Migration
alter table alerts add column error_type text;
comment on column alerts.error_type is 'The type of the newest failure it was raised for.';

-- Down Migration
alter table alerts drop column error_type;
