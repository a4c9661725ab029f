-- Up Migration
-- Most events say only which customer in Stripe they are about.
drop policy own_product on differences;
drop policy own_product on stripe_events;
drop function is_anothers(text);
create function is_anothers(id text, in_stripe text default null) returns boolean language plpgsql
  as $$
    declare
      own text := coalesce(current_setting('tenure.product', true), '');
      found boolean;
    begin
      perform set_config('tenure.product', '', true);
      select exists (select 1 from customers where (customer_id = id or stripe_customer_id = in_stripe) and profile <> own)
        or exists (select 1 from prospects where (customer_id = id or stripe_customer_id = in_stripe) and profile <> own)
        into found;
      perform set_config('tenure.product', own, true);
      return found;
    end
  $$;
comment on function is_anothers is 'Whether it is about a customer of another product, by our id or by the one in Stripe, and not about one whom nobody knows.';
create index prospects_in_stripe on prospects (stripe_customer_id);

create policy own_product on differences using ((select this_product()) is null or not is_anothers(customer_id));
create policy own_product on stripe_events
  using ((select this_product()) is null or not is_anothers(customer_id, stripe_customer_id));

-- Down Migration
drop policy own_product on differences;
drop policy own_product on stripe_events;
drop index prospects_in_stripe;
drop function is_anothers(text, text);
create function is_anothers(id text) returns boolean language plpgsql
  as $$
    declare
      own text := coalesce(current_setting('tenure.product', true), '');
      found boolean;
    begin
      perform set_config('tenure.product', '', true);
      select exists (select 1 from customers where customer_id = id and profile <> own)
        or exists (select 1 from prospects where customer_id = id and profile <> own) into found;
      perform set_config('tenure.product', own, true);
      return found;
    end
  $$;
comment on function is_anothers is 'Whether it is about a customer of another product, and not about one whom nobody knows.';
create policy own_product on differences using ((select this_product()) is null or not is_anothers(customer_id));
create policy own_product on stripe_events using ((select this_product()) is null or not is_anothers(customer_id));
