-- Up Migration
alter table invoices add column number text, add column hosted_url text, add column pdf_url text;
comment on column invoices.number is 'As the invoice says it; a draft has none yet.';
comment on column invoices.hosted_url is 'Stripe''s page of the invoice, on which it can be paid.';
comment on column invoices.amount_refunded is 'By Tenure, or by hand in Stripe.';

-- Down Migration
comment on column invoices.amount_refunded is 'As of the newest refund made through us.';
alter table invoices drop column number, drop column hosted_url, drop column pdf_url;
