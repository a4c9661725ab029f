-- Up Migration
alter table customers add column card jsonb;
comment on column customers.card is 'The card that Stripe charges: brand, last4, expMonth, expYear. Null: none, or another way to pay.';

-- Down Migration
alter table customers drop column card;
