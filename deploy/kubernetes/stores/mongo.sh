#!/bin/bash
# A replica set whose members ask for passwords needs a key that they share. This one has one member, so any key will do.
set -euo pipefail

key=/tmp/replica-set.key
rm -f "$key"
head -c 512 /dev/urandom | base64 -w 0 > "$key"
chmod 400 "$key"
if [ "$(id -u)" = 0 ]; then chown mongodb:mongodb "$key"; fi
exec docker-entrypoint.sh mongod --replSet rs0 --keyFile "$key" --bind_ip_all
