#!/bin/sh
# Runs once, on an empty data folder: Tenure's own role and database, which no other role may connect to.
set -eu
psql --username postgres --set ON_ERROR_STOP=1 --set password="$TENURE_DB_PASSWORD" <<'SQL'
create role tenure login password :'password';
create database tenure owner tenure;
revoke all on database tenure from public;
SQL
