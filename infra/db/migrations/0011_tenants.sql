-- Up Migration
-- Every role of a server may connect to every database unless told otherwise; tenants' roles have no business in this one.
do $$
begin
  execute format('revoke connect on database %I from public', current_database());
end
$$;

-- Down Migration
do $$
begin
  execute format('grant connect on database %I to public', current_database());
end
$$;
