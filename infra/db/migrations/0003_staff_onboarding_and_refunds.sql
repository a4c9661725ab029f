-- Up Migration
alter table customers add column compliance_framework text;
comment on column customers.compliance_framework is 'What staff noted when they took the customer on, like hipaa (S0-10).';
alter table invoices add column amount_refunded bigint not null default 0;
comment on column invoices.amount_refunded is 'As of the newest refund made through us.';

-- Down Migration
alter table invoices drop column amount_refunded;
alter table customers drop column compliance_framework;
