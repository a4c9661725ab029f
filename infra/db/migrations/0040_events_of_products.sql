-- Up Migration
-- Most events say only which customer in Stripe they are about.
create function is_anothers_in_stripe(id text) returns boolean language plpgsql
  as $$
    declare
      own text := coalesce(current_setting('tenure.product', true), '');
      found boolean;
    begin
      perform set_config('tenure.product', '', true);
      select exists (select 1 from customers where stripe_customer_id = id and profile <> own)
        or exists (select 1 from prospects where stripe_customer_id = id and profile <> own) into found;
      perform set_config('tenure.product', own, true);
      return found;
    end
  $$;
comment on function is_anothers_in_stripe is 'Whether the customer in Stripe is one of another product.';
create index prospects_in_stripe on prospects (stripe_customer_id);

drop policy own_product on stripe_events;
create policy own_product on stripe_events using (
  (select this_product()) is null
  or not (is_anothers(customer_id) or is_anothers_in_stripe(stripe_customer_id)));

-- Down Migration
drop policy own_product on stripe_events;
create policy own_product on stripe_events using ((select this_product()) is null or not is_anothers(customer_id));
drop index prospects_in_stripe;
drop function is_anothers_in_stripe(text);
