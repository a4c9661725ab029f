-- Up Migration
create table licence_key (
  only_one boolean primary key default true check (only_one),
  fingerprint text not null,
  recorded_at timestamptz not null default now()
);
comment on table licence_key is
  'The public key that every instance checks its licence and sign-ins with. Who would sign with another is refused.';

-- Down Migration
drop table licence_key;
