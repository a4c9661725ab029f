-- Up Migration
alter table invoices add column dispute_id text, add column dispute_status text, add column dispute_amount integer,
  add column dispute_due_at timestamptz;
comment on column invoices.dispute_id is 'Of the newest dispute of its payment: the bank of the customer has taken the money back.';
comment on column invoices.dispute_status is 'As Stripe calls it.';
comment on column invoices.dispute_due_at is 'Until when evidence can be sent.';
comment on column invoices.amount_refunded is 'By Tenure, by hand in Stripe, or by a bank whose dispute was lost.';
alter table stripe_events add column stripe_payment_intent_id text;
comment on column stripe_events.stripe_payment_intent_id is 'Whose it is where Stripe names no customer: that of a dispute.';
create index invoices_by_payment on invoices (stripe_payment_intent_id);

-- Down Migration
drop index invoices_by_payment;
alter table stripe_events drop column stripe_payment_intent_id;
comment on column invoices.amount_refunded is 'By Tenure, or by hand in Stripe.';
alter table invoices drop column dispute_id, drop column dispute_status, drop column dispute_amount,
  drop column dispute_due_at;
