#!/bin/sh
# Runs once, on an empty data folder: Tenure's own role and database, which no other role may connect to.
# A tenant's role may reach the database of its own name and no other, Temporal's included.
set -eu
psql --username postgres --set ON_ERROR_STOP=1 --set password="$TENURE_DB_PASSWORD" <<'SQL'
create role tenure login password :'password';
create database tenure owner tenure;
revoke all on database tenure from public;
SQL
hba="$PGDATA/pg_hba.conf"
others=$(cat "$hba")
cat > "$hba" <<HBA
host samerole /^tenant_ all scram-sha-256
host all /^tenant_ all reject
$others
HBA
