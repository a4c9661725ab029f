-- Up Migration
-- A product may leave identities to somebody else: then its customers are known by the subject of their tokens.
alter table customers
  add column subject text check (length(subject) between 1 and 255),
  add column identity_name text,
  add column given_name text,
  add column family_name text,
  add constraint customers_subject_key unique (profile, subject);
comment on column customers.subject is 'By which the issuer of their tokens knows them.';
comment on column customers.identity_name is 'Their user name there, by which their identity is deleted.';

alter table prospects
  add column subject text check (length(subject) between 1 and 255),
  add column identity_name text,
  add column given_name text,
  add column family_name text,
  add column refused_for text;
create index prospects_refused_identities on prospects (ended_at) where state = 'refused' and subject is not null;
comment on column prospects.subject is 'Kept when they are refused, so that support can find the identity.';
comment on column prospects.refused_for is 'Why somebody with an identity elsewhere is not a customer.';

-- Down Migration
drop index prospects_refused_identities;
alter table prospects
  drop column refused_for, drop column family_name, drop column given_name, drop column identity_name, drop column subject;
alter table customers
  drop constraint customers_subject_key,
  drop column family_name, drop column given_name, drop column identity_name, drop column subject;
