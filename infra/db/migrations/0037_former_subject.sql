-- Up Migration
-- Who has left and signs in again becomes another customer: two rows cannot be found by one subject.
alter table customers add column former_subject text check (length(former_subject) between 1 and 255);
create index customers_former_subject on customers (profile, former_subject) where former_subject is not null;
comment on column customers.former_subject is 'The subject of one who has left and has come back as another customer since: to erase both.';

-- Down Migration
drop index customers_former_subject;
alter table customers drop column former_subject;
