#!/bin/bash
# Makes the topics that are missing. Eight partitions: as many replicas of a service can share the work of a topic.
set -euo pipefail

create() {
    /opt/kafka/bin/kafka-topics.sh --bootstrap-server "$BROKERS" --create --if-not-exists --topic "$1" --partitions "$2"
}

for topic in auth.users users.profiles users.relationships chat.messages chat.conversations notifications.inbox; do
    create "$topic" 8
done
for app in user chat notification; do
    create "$app.deadletters" 1
done
