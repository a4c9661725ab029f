-- Up Migration
alter table alerts add column mails text[] not null default '{}';
comment on column alerts.mails is 'Claim keys of the mails it tells of: it ends when each of them was sent or overtaken.';

-- Down Migration
alter table alerts drop column mails;
