#!/bin/bash
# Run once by PostgreSQL's image, within its own script, on an empty volume: what `./chat db create-schemas` makes. That command also sets passwords anew.
set -eo pipefail

create() {
    local app=$1 schema=$2 owner_password=$3 service_password=$4
    psql -v ON_ERROR_STOP=1 -U postgres -d postgres -v owner_password="$owner_password" -v service_password="$service_password" <<SQL
CREATE ROLE ${app}_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE ${app}_service LOGIN PASSWORD :'service_password';
CREATE DATABASE ${app}_db OWNER ${app}_owner;
REVOKE ALL ON DATABASE ${app}_db FROM PUBLIC;
GRANT CONNECT ON DATABASE ${app}_db TO ${app}_service;
\connect ${app}_db
REVOKE ALL ON SCHEMA public FROM PUBLIC;
CREATE SCHEMA ${schema} AUTHORIZATION ${app}_owner;
GRANT USAGE ON SCHEMA ${schema} TO ${app}_service;
ALTER DEFAULT PRIVILEGES FOR ROLE ${app}_owner IN SCHEMA ${schema} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${app}_service;
ALTER DEFAULT PRIVILEGES FOR ROLE ${app}_owner IN SCHEMA ${schema} GRANT USAGE, SELECT ON SEQUENCES TO ${app}_service;
SQL
}

create auth auth "${AUTH_OWNER_PASSWORD:?}" "${AUTH_SERVICE_PASSWORD:?}"
create user users "${USER_OWNER_PASSWORD:?}" "${USER_SERVICE_PASSWORD:?}"
