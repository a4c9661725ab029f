-- Up Migration
alter table one_time_links drop constraint one_time_links_purpose_check;
alter table one_time_links add constraint one_time_links_purpose_check
  check (purpose in ('reveal_api_key', 'set_password', 'after_leaving'));
comment on column one_time_links.purpose is '`after_leaving` shows invoices to a customer who has left, as often as it is opened.';

-- Down Migration
comment on column one_time_links.purpose is null;
delete from one_time_links where purpose = 'after_leaving';
alter table one_time_links drop constraint one_time_links_purpose_check;
alter table one_time_links add constraint one_time_links_purpose_check
  check (purpose in ('reveal_api_key', 'set_password'));
