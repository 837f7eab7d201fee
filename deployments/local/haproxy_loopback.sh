#!/bin/sh
# HAProxy as Serve starts it, with its metrics and statistics pages on loopback: Serve's
# template binds those two to every interface and offers no setting for it.
set -eu
args=""
take=0
for arg in "$@"; do
  if [ "$take" = 1 ]; then
    sed -E 's/^([[:space:]]*bind )(\*)?:([0-9]+)/\1127.0.0.1:\3/' "$arg" > "$arg.loopback"
    arg="$arg.loopback"
    take=0
  elif [ "$arg" = "-f" ]; then
    take=1
  fi
  args="$args $arg"
done
# Serve's arguments hold no spaces: flags, process ids and paths that we chose.
# shellcheck disable=SC2086
exec "$BRAINWAV_HAPROXY" $args
