#!/bin/sh
# Creates the topics of the registry in schemas/topics.py, then compares the cluster with it.
# Safe to run again: what exists is left alone. Waits for Kafka for up to WAIT_SECONDS (default 60).
set -eu

deadline=$(($(date +%s) + ${WAIT_SECONDS:-60}))
until intent --log-format text topics create; do
  if [ "$(date +%s)" -ge "$deadline" ]; then
    echo "topics: not created within ${WAIT_SECONDS:-60} s" >&2
    exit 1
  fi
  sleep 2
done
exec intent --log-format text topics check
