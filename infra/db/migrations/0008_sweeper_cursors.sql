-- Up Migration
create table sweeper_cursors (
  sweeper text primary key,
  handled_until timestamptz not null
);
comment on table sweeper_cursors is 'How far a sweeper has come, so that the next pass looks at what is new only.';

-- Down Migration
drop table sweeper_cursors;
