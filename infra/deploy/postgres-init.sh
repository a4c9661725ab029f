#!/bin/sh
# Runs once, on an empty data folder: Tenure's role and database, and Temporal's with its two. No other role may connect.
# Tenure's database is the superuser's: the job that migrates lets Tenure's role make what it needs inside.
# A tenant's role may reach the database of its own name and no other, Temporal's included.
set -eu
psql --username postgres --set ON_ERROR_STOP=1 --set tenure="$TENURE_DB_PASSWORD" \
  --set temporal="$TEMPORAL_DB_PASSWORD" <<'SQL'
create role tenure login password :'tenure';
create database tenure;
create role temporal login password :'temporal';
create database temporal owner temporal;
create database temporal_visibility owner temporal;
revoke all on database tenure, temporal, temporal_visibility from public;
grant connect on database tenure to tenure;
SQL
hba="$PGDATA/pg_hba.conf"
others=$(cat "$hba")
cat > "$hba" <<HBA
host samerole /^tenant_ all scram-sha-256
host all /^tenant_ all reject
$others
HBA
