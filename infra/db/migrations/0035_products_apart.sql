-- Up Migration
-- One database may hold the customers of several products. An API serves one of them, and says so when it connects
-- (tenure.product): the rows of the others are not there for it, whatever it asks. Workers serve all and say nothing.
create function this_product() returns text language sql stable
  as $$ select nullif(current_setting('tenure.product', true), '') $$;
comment on function this_product is 'The product that this connection serves; null when it serves all.';

alter table customers drop constraint customers_email_norm_key;
alter table customers add constraint customers_email_norm_key unique (profile, email_norm);
alter table replay_batches add column profile text default this_product();
-- Until now there was one.
update replay_batches set profile = (select min(profile) from customers);
comment on column replay_batches.profile is 'The product whose support ordered it.';

-- Asked once for each statement, not for each row: so the planner knows that nearly all rows will pass.
create policy own_product on customers using ((select this_product()) is null or profile = (select this_product()));
create policy own_product on prospects using ((select this_product()) is null or profile = (select this_product()));
create policy own_product on replay_batches using ((select this_product()) is null or profile = (select this_product()));

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

-- Hosts are shared by all products: nobody gets the slug of another product's customer.
create function slugs_in_use(wanted text[]) returns setof text language plpgsql
  as $$
    declare
      own text := coalesce(current_setting('tenure.product', true), '');
    begin
      perform set_config('tenure.product', '', true);
      return query select slug from customers where slug = any (wanted);
      perform set_config('tenure.product', own, true);
    end
  $$;

-- Support has to see also what is about a customer whom Postgres does not know.
create policy own_product on differences using ((select this_product()) is null or not is_anothers(customer_id));
create policy own_product on stripe_events using ((select this_product()) is null or not is_anothers(customer_id));

do $$
declare
  -- What is hidden of customers is hidden of these too.
  of_customers text[] := array[
    'accounts', 'alerts', 'api_keys', 'backups', 'corrections', 'deployment_metrics', 'emails',
    'entitlements', 'invoices', 'licences', 'onboarding_step_attempts', 'onboarding_steps', 'one_time_links',
    'replay_batch_items', 'sessions', 'stacks', 'usage', 'waiting_work'
  ];
  name text;
begin
  foreach name in array of_customers loop
    execute format(
      'create policy own_product on %1$I using ((select this_product()) is null or %1$I.customer_id is null
        or exists (select from customers c where c.customer_id = %1$I.customer_id))', name);
  end loop;
  foreach name in array of_customers || array[
    'customers', 'differences', 'prospects', 'replay_batches', 'stripe_events'
  ] loop
    execute format('alter table %I enable row level security', name);
    -- Tenure's role owns them, and an owner is asked only when told so.
    execute format('alter table %I force row level security', name);
  end loop;
end $$;

-- Down Migration
do $$
declare
  name text;
begin
  for name in select tablename from pg_policies where schemaname = 'public' and policyname = 'own_product' loop
    execute format('alter table %I no force row level security', name);
    execute format('alter table %I disable row level security', name);
    execute format('drop policy own_product on %I', name);
  end loop;
end $$;
drop function slugs_in_use(text[]), is_anothers(text);
alter table replay_batches drop column profile;
alter table customers drop constraint customers_email_norm_key;
alter table customers add constraint customers_email_norm_key unique (email_norm);
drop function this_product();
