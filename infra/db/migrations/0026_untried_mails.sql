-- Up Migration
create index emails_untried on emails (claimed_at) where state = 'failed' and error is null;
comment on index emails_untried is 'Mails that are owed and were never tried: a sweeper has those sent that nobody took up.';

-- Down Migration
drop index emails_untried;
