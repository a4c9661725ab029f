-- Up Migration
-- A window begins with the first use, not at a full quarter of an hour: around that moment twice the limit went through.
delete from rate_limits older using rate_limits newer
  where older.key = newer.key and older.window_start < newer.window_start;
alter table rate_limits drop constraint rate_limits_pkey, add primary key (key);

-- Down Migration
alter table rate_limits drop constraint rate_limits_pkey, add primary key (key, window_start);
