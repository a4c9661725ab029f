-- Up Migration
alter table accounts
  add column session_version integer not null default 1,
  add column instance_version integer not null default 1,
  add column closed_at timestamptz,
  add column password_by_link boolean not null default false,
  add column signup_form text;
comment on column accounts.session_version is 'Raised to end every session of the customer: one made under an older version is dead.';
comment on column accounts.instance_version is 'The session version that the instance was told last.';
comment on column accounts.closed_at is 'An erasure was ordered: nobody signs in any more.';
comment on column accounts.password_by_link is 'Set through a mailed link: whoever read that mail knows it.';
comment on column accounts.signup_form is 'Hash of the browser''s form protection at signup: a double click is known by it.';

alter table sessions
  add column session_version integer,
  add column staff_proof text;
comment on column sessions.staff_proof is 'Proves which staff token the session was made with; another token makes it worthless.';
update sessions set session_version = 1 where customer_id is not null;
delete from sessions where staff_role is not null;
create index sessions_customer on sessions (customer_id);

alter table api_keys
  add column name text not null default 'API key',
  add column by_link boolean not null default true;
comment on column api_keys.by_link is 'Made through a mailed link: whoever read that mail may have it.';
create index api_keys_customer on api_keys (customer_id, created_at desc);
create index one_time_links_customer on one_time_links (customer_id);

create table trusted_devices (
  token_hash text not null,
  subject text not null,
  last_used_at timestamptz not null default now(),
  primary key (subject, token_hash)
);
comment on table trusted_devices is 'Browsers that have signed in rightly before: the guesses of others do not keep them out.';
comment on column trusted_devices.subject is 'A customer''s id, or staff.';

-- Down Migration
drop table trusted_devices;
drop index one_time_links_customer, api_keys_customer, sessions_customer;
alter table api_keys drop column name, drop column by_link;
alter table sessions drop column session_version, drop column staff_proof;
alter table accounts
  drop column session_version, drop column instance_version, drop column closed_at, drop column password_by_link,
  drop column signup_form;
